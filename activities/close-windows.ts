import path from 'node:path';
import { SluiceError } from '../base/errors';
import { formatTableName, siblingTable } from '../base/table-name';
import type { Session } from '../engine/engine';
import { filesRelation } from '../engine/read-files';
import { lateRowsSql, windowQuerySql } from '../engine/windows';
import { checkUserQuery, userQueryError } from '../engine/user-query';
import { writeTable } from '../engine/write-parquet';
import { currentSchema, defaultSpec } from '../lake/iceberg/metadata';
import type { DataFile } from '../lake/iceberg/types';
import { planScan } from '../lake/scan';
import type { Pipeline, WindowDefinition } from '../pipeline/model';
import { advanceWatermark } from '../stream/watermark';
import { closedUntilMs, closingRange } from '../stream/windows';
import { compareProgress, loadBase, watermarkInputs } from './base-state';
import type { BaseState } from './base-state';
import type { ActivityDeps } from './deps';
import { localFiles, packFiles, unpackFiles, uploadFiles } from './files';
import { withHeartbeat } from './heartbeat';
import { ledgerRowsSql } from './ledger';
import { maxEventTimes } from './open-pipeline';
import { withScratch } from './scratch';
import { withSession } from './session';
import { mergeTallies } from './tallies';
import type { BatchPlan, IngestResult, PartitionTally, TableFiles, WindowsResult } from './wire';

export interface CloseWindowsInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
  readonly workflowId: string;
}

interface Work {
  readonly deps: ActivityDeps;
  readonly input: CloseWindowsInput;
  readonly base: BaseState;
  readonly session: Session;
  readonly directory: string;
  readonly batchFiles: readonly DataFile[];
}

/**
 * Advances the watermark over the batch, computes every window that it passed from the committed raw rows and the batch's
 * own, lists the rows that came too late, and writes the ledger. Only files; nothing becomes visible here.
 * A batch that the lake already holds gives an empty result: staging will say so.
 */
export async function closeWindows(deps: ActivityDeps, input: CloseWindowsInput): Promise<WindowsResult> {
  return withHeartbeat(({ signal, report }) =>
    withScratch(deps.scratchDirectory, async (directory) => {
      const { pipeline, plan } = input;
      const base = await loadBase(deps.lake, pipeline);
      const tallies = mergeTallies(input.ingested);
      const previousMs = base.progress?.watermarkMs;
      if (compareProgress(pipeline, plan, base.progress) === 'applied')
        return { maxEventTimesMs: {}, tables: [], lateRows: 0 };
      const maxEventTimesMs = mergeMaxima(maxEventTimes(base.progress), tallies);
      const nextMs = nextWatermark(input, base, maxEventTimesMs, previousMs);
      const batchFiles = (await Promise.all(input.ingested.map(({ raw }) => unpackFiles(deps, raw)))).flat();
      return withSession(deps, signal, async (session) => {
        const work: Work = { deps, input, base, session, directory, batchFiles };
        const tables: TableFiles[] = [];
        let lateRows = 0;
        const lateByPartition = new Map<number, number>();
        for (const window of pipeline.windows) {
          report({ step: 'windows', table: formatTableName(window.table) });
          const closed = await computeClosing(work, window, previousMs, nextMs);
          if (closed) tables.push(closed);
          const late = await listLate(work, window, tallies, previousMs);
          if (late) {
            tables.push(late.files);
            lateRows += late.files.rows;
            for (const [partition, count] of late.byPartition)
              lateByPartition.set(partition, (lateByPartition.get(partition) ?? 0) + count);
          }
        }
        tables.push(await writeLedger(work, tallies, lateByPartition, nextMs));
        return {
          ...(previousMs === undefined ? {} : { previousWatermarkMs: previousMs }),
          ...(nextMs === undefined ? {} : { watermarkMs: nextMs }),
          maxEventTimesMs,
          tables,
          lateRows,
        };
      });
    }),
  );
}

/** The highest event time per partition, over all that was ever read. */
export function mergeMaxima(
  known: Readonly<Record<string, number>>,
  tallies: readonly PartitionTally[],
): Record<string, number> {
  const merged = { ...known };
  for (const { partition, maxEventTimeMs } of tallies) {
    if (maxEventTimeMs === undefined) continue;
    const before = merged[String(partition)];
    merged[String(partition)] = before === undefined ? maxEventTimeMs : Math.max(before, maxEventTimeMs);
  }
  return merged;
}

function nextWatermark(
  { pipeline, plan }: CloseWindowsInput,
  base: BaseState,
  maxEventTimesMs: Readonly<Record<string, number>>,
  previousMs: number | undefined,
): number | undefined {
  const partitions = new Set([...Object.keys(base.progress?.partitions ?? {}).map(Number), ...plan.partitions]);
  return advanceWatermark({
    previousMs,
    boundMs: pipeline.source.watermarkMs,
    partitions: watermarkInputs([...partitions], maxEventTimesMs, plan.idle),
  });
}

async function computeClosing(
  work: Work,
  window: WindowDefinition,
  previousMs: number | undefined,
  nextMs: number | undefined,
): Promise<TableFiles | undefined> {
  const closing = nextMs === undefined ? undefined : closingRange({ sizeMs: sizeOf(window), previousMs, nextMs });
  if (!closing) return undefined;
  const { deps, base, input, batchFiles } = work;
  const { eventTime } = input.pipeline.source;
  const range = {
    column: eventTime,
    max: BigInt(closing.toMs) * 1000n - 1n,
    ...(closing.fromMs === undefined ? {} : { min: BigInt(closing.fromMs) * 1000n }),
  };
  const committed = await planScan(deps.lake, base.raw, { ranges: [range] });
  const paths = await localFiles(deps, [...committed.files.map(({ file }) => file), ...batchFiles]);
  const sql = windowQuerySql({
    source: filesRelation(currentSchema(base.raw.metadata), paths),
    query: window.query,
    eventTime,
    sizeMs: sizeOf(window),
    fromMs: closing.fromMs,
    toMs: closing.toMs,
  });
  const name = formatTableName(window.table);
  const what = `the query of ${name}`;
  await checkUserQuery(work.session, { what, sql: window.query, relations: ['events'] });
  try {
    // Wrong SQL is final; what goes wrong while it runs may be memory or a disk, and is tried again.
    await work.session.describe(sql);
  } catch (error) {
    throw userQueryError(what, error);
  }
  return writeRows(work, name, sql, 'windows');
}

async function listLate(
  work: Work,
  window: WindowDefinition,
  tallies: readonly PartitionTally[],
  previousMs: number | undefined,
): Promise<{ readonly files: TableFiles; readonly byPartition: ReadonlyMap<number, number> } | undefined> {
  const closedUntil = previousMs === undefined ? undefined : closedUntilMs(previousMs, sizeOf(window));
  if (closedUntil === undefined || previousMs === undefined) return undefined;
  if (!tallies.some(({ minEventTimeMs }) => minEventTimeMs !== undefined && minEventTimeMs < closedUntil))
    return undefined;
  const { deps, base, session, input, batchFiles } = work;
  const sql = lateRowsSql({
    source: filesRelation(currentSchema(base.raw.metadata), await localFiles(deps, batchFiles)),
    eventTime: input.pipeline.source.eventTime,
    sizeMs: sizeOf(window),
    closedUntilMs: closedUntil,
    watermarkMs: previousMs,
  });
  const counts = await session.rows<{ partition: number; late: bigint }>(
    `select _partition as "partition", count(*) as late from (${sql}) group by all`,
  );
  const files = await writeRows(work, formatTableName(siblingTable(window.table, 'late')), sql, 'late');
  return files && { files, byPartition: new Map(counts.map(({ partition, late }) => [partition, Number(late)])) };
}

async function writeLedger(
  work: Work,
  tallies: readonly PartitionTally[],
  late: ReadonlyMap<number, number>,
  watermarkMs: number | undefined,
): Promise<TableFiles> {
  const { pipeline, plan, workflowId } = work.input;
  const name = formatTableName(siblingTable(pipeline.table, 'batches'));
  const sql = ledgerRowsSql({ pipeline, plan, tallies, late, watermarkMs, workflowId });
  return (await writeRows(work, name, sql, 'ledger')) ?? { table: name, files: { files: [] }, rows: 0 };
}

/** Writes the rows of `sql` as files of `table`; undefined when there are none. */
async function writeRows(
  { deps, base, session, directory, input }: Work,
  table: string,
  sql: string,
  kind: string,
): Promise<TableFiles | undefined> {
  const target = base.tables.get(table)!;
  // The writer looks at its rows more than once: the query itself runs once.
  await session.run(`create or replace table result_rows as ${sql}`);
  const written = await writeTable(session, {
    select: 'select * from result_rows',
    schema: currentSchema(target.metadata),
    spec: defaultSpec(target.metadata),
    directory: path.join(directory, `${kind}-${table}`),
    namePrefix: `${input.pipeline.name}-${input.plan.seq}-${kind}`,
  });
  const files = await uploadFiles(deps, target.metadata.location, written);
  if (files.length === 0) return undefined;
  return {
    table,
    files: await packFiles(deps, input.plan.planId, files),
    rows: files.reduce((sum, file) => sum + Number(file.recordCount), 0),
  };
}

function sizeOf({ shape }: WindowDefinition): number {
  if (shape.kind === 'tumble') return shape.sizeMs;
  throw new SluiceError('NOT_SUPPORTED', `windows of kind ${shape.kind} cannot be computed yet`);
}
