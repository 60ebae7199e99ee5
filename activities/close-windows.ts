import path from 'node:path';
import { formatTableName, siblingTable } from '../base/table-name';
import { writeTable } from '../engine/write-parquet';
import { windowIdentity } from '../engine/windows/identity';
import { currentSchema, defaultSpec } from '../lake/iceberg/metadata';
import { readSoFar } from '../lake/progress';
import type { Progress } from '../lake/progress';
import type { Pipeline, WindowDefinition } from '../pipeline/model';
import { advanceWatermark } from '../stream/watermark';
import { compareProgress, loadBase, watermarkInputs } from './base-state';
import type { BaseState } from './base-state';
import type { ActivityDeps } from './deps';
import { packFiles, unpackFiles, uploadFiles } from './files';
import { applyDecision } from './gaps';
import { windowKey } from './windows/window-key';
import { withHeartbeat } from './heartbeat';
import { ledgerRowsSql } from './ledger';
import { maxEventTimes } from './open-pipeline';
import { withScratch } from './scratch';
import { withSession } from './session';
import { sortedRows } from './sorted-rows';
import { mergeTallies } from './tallies';
import { computeWindow } from './windows/compute-window';
import { packReplaced } from './windows/replaced-files';
import { rewritePublished } from './windows/rewrite-published';
import { queryName } from './windows/run-query';
import type { ComputedWindow, WindowWork } from './windows/work';
import type { BatchPlan, FileList, IngestResult, PartitionTally, TableFiles, WindowsResult, WindowState } from './wire';

export interface CloseWindowsInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
  readonly workflowId: string;
}

/**
 * Advances the watermark over the batch, computes every window that it passed or that late rows changed from the committed raw rows and the
 * batch's own, lists the rows that came too late, and writes the ledger. Only files; nothing becomes visible here.
 * A batch that the lake already holds gives an empty result: staging will say so.
 */
export async function closeWindows(deps: ActivityDeps, input: CloseWindowsInput): Promise<WindowsResult> {
  return withHeartbeat(({ signal, report }) =>
    withScratch(deps.scratchDirectory, async (directory) => {
      const { pipeline, plan } = input;
      const found = await loadBase(deps.lake, pipeline);
      const tallies = mergeTallies(input.ingested);
      if (compareProgress(pipeline, plan, found.progress) === 'applied') return appliedAlready(found.progress);
      // Partitions of a topic that was given up no longer hold the watermark.
      const base = { ...found, progress: applyDecision(pipeline.name, found.progress, plan.decision) };
      const previousMs = base.progress?.watermarkMs;
      const maxEventTimesMs = mergeMaxima(maxEventTimes(base.progress), tallies);
      const nextMs = nextWatermark(input, base, maxEventTimesMs, previousMs);
      const batchFiles = (await Promise.all(input.ingested.map(({ raw }) => unpackFiles(deps, raw)))).flat();
      return withSession(deps, signal, async (session) => {
        const work: WindowWork = { deps, pipeline, plan, base, session, directory, batchFiles, tallies };
        const tables: TableFiles[] = [];
        const states: Record<string, WindowState> = statesOfFormer(base.progress, pipeline);
        const late = new Map<number, number>();
        for (const window of pipeline.windows) {
          const name = formatTableName(window.table);
          report({ step: 'windows', table: name });
          const computed = await computeWindow(work, window, nextMs);
          tables.push(...(await writeWindow(work, window, computed)));
          if (computed.state) states[name] = { ...computed.state, key: windowKey(window) };
          if (computed.late !== undefined) await countLate(work, window, computed.late, late);
        }
        const lateRows = [...late.values()].reduce((sum, count) => sum + count, 0);
        tables.push(await writeLedger(work, late, nextMs, input.workflowId));
        return {
          ...(previousMs === undefined ? {} : { previousWatermarkMs: previousMs }),
          ...(nextMs === undefined ? {} : { watermarkMs: nextMs }),
          maxEventTimesMs,
          tables,
          lateRows,
          states,
        };
      });
    }),
  );
}

/** A late answer of an earlier attempt: staging finds it as well, unless main was rolled back in between. */
function appliedAlready(progress: Progress | undefined): WindowsResult {
  const { watermarkMs } = progress ?? {};
  return {
    applied: true,
    ...(watermarkMs === undefined ? {} : { watermarkMs }),
    maxEventTimesMs: maxEventTimes(progress),
    ...{ tables: [], lateRows: 0, states: {} },
  };
}

/** Windows that the pipeline no longer has keep where they stand: one that comes back judges what it missed. */
function statesOfFormer(progress: Progress | undefined, { windows }: Pipeline): Record<string, WindowState> {
  if (!progress?.windows) return {};
  const present = new Set(windows.map(({ table }) => formatTableName(table)));
  const gone = Object.entries(progress.windows).filter(([name, state]) => !present.has(name) && !state.left);
  return Object.fromEntries(gone.map(([name, state]) => [name, { ...state, left: readSoFar(progress) }]));
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
  { pipeline, plan }: { readonly pipeline: Pipeline; readonly plan: BatchPlan },
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

/** The files of a window table and of its `__late` table. */
async function writeWindow(
  work: WindowWork,
  window: WindowDefinition,
  { rows, takenBack, late }: ComputedWindow,
): Promise<readonly TableFiles[]> {
  const name = formatTableName(window.table);
  const target = work.base.tables.get(name)!;
  const tables: TableFiles[] = [];
  const identity = windowIdentity(window, currentSchema(target.metadata).fields, queryName(window));
  const rewrite =
    takenBack !== undefined && identity
      ? await rewritePublished(work, { target, shape: window.shape, identity, takenBack })
      : undefined;
  if (rewrite) {
    const select = `select * from ${rewrite.kept}${rows === undefined ? '' : ` union all by name select * from ${rows}`}`;
    await work.session.run(`create or replace table rewritten_rows as ${select}`);
    const replaced = await packReplaced(work.deps, work.plan.planId, rewrite.removed);
    tables.push({ ...(await writeRows(work, name, 'rewritten_rows', 'windows')), ...replaced });
  } else if (rows !== undefined) {
    tables.push(await writeRows(work, name, rows, 'windows'));
  }
  if (late !== undefined)
    tables.push(await writeRows(work, formatTableName(siblingTable(window.table, 'late')), late, 'late'));
  return tables;
}

/** Adds the pipeline's own late rows to the counts per partition; those of joined streams have partitions of their own. */
async function countLate(
  { session }: WindowWork,
  { streams }: WindowDefinition,
  late: string,
  counts: Map<number, number>,
): Promise<void> {
  const own = streams.length === 0 ? '' : ` where stream = 'events'`;
  const found = await session.rows<{ partition: number; late: bigint }>(
    `select _partition as "partition", count(*) as late from ${late}${own} group by all`,
  );
  for (const row of found) counts.set(row.partition, (counts.get(row.partition) ?? 0) + Number(row.late));
}

async function writeLedger(
  work: WindowWork,
  late: ReadonlyMap<number, number>,
  watermarkMs: number | undefined,
  workflowId: string,
): Promise<TableFiles> {
  const { pipeline, plan, tallies } = work;
  const sql = ledgerRowsSql({ pipeline, plan, tallies, late, watermarkMs, workflowId });
  await work.session.run(`create or replace table ledger_rows as ${sql}`);
  return writeRows(work, formatTableName(siblingTable(pipeline.table, 'batches')), 'ledger_rows', 'ledger');
}

/** Writes the rows of a DuckDB table as files of table `name`; no rows, no files. */
async function writeRows(work: WindowWork, name: string, rows: string, kind: string): Promise<TableFiles> {
  const { deps, base, session, directory, pipeline, plan } = work;
  const target = base.tables.get(name)!;
  const inOrder =
    kind === 'windows' ? await sortedRows(session, { rows, metadata: target.metadata, by: [] }) : { rows };
  const { rows: sorted, ...order } = inOrder;
  const written = await writeTable(session, {
    select: `select * from ${sorted}`,
    schema: currentSchema(target.metadata),
    spec: defaultSpec(target.metadata),
    ...order,
    directory: path.join(directory, `${kind}-${name}`),
    namePrefix: `${pipeline.name}-${plan.seq}-${kind}`,
  });
  const files = await uploadFiles(deps, target.metadata.location, written);
  const list: FileList = await packFiles(deps, plan.planId, files);
  return { table: name, files: list, rows: files.reduce((sum, file) => sum + Number(file.recordCount), 0) };
}
