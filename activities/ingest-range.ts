import path from 'node:path';
import { formatTableName, siblingTable } from '../base/table-name';
import { decodeLines } from '../engine/decode';
import type { DecodeResult } from '../engine/decode';
import type { Session } from '../engine/engine';
import { loadRejects } from '../engine/rejects';
import { writeTable } from '../engine/write-parquet';
import type { LoadedTable } from '../lake/lake';
import { currentSchema, defaultSpec } from '../lake/iceberg/metadata';
import { loadHead } from '../lake/lake';
import { rawOrder } from '../lake/schema-from-pipeline';
import { withEvolvedColumns } from '../lake/evolve/evolved-columns';
import type { Pipeline } from '../pipeline/model';
import type { EvolvedColumn } from '../pipeline/unknown-fields';
import { offsetFilterSink, openRejectSpool } from '../stream/reject-spool';
import type { ActivityDeps } from './deps';
import { packFiles, uploadFiles } from './files';
import { withHeartbeat } from './heartbeat';
import { requireTable } from './open-pipeline';
import { epochOf, readRanges } from './read-ranges';
import type { RangesRead, ReadRange, ReadWork } from './read-ranges';
import { requireColumns } from './require-columns';
import { withScratch } from './scratch';
import { withSession } from './session';
import { together } from './together';
import { sortedRows } from './sorted-rows';
import { NO_ROWS_HASH } from './tallies';
import { addExtra } from './unknown-fields';
import type { BatchPlan, IngestResult, PartitionTally, WireRange } from './wire';

export interface IngestRangeInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  /** One of plan.groups: the offsets this reader takes, at most one range per partition. */
  readonly ranges: readonly WireRange[];
  /** Columns that the raw table gets with this batch: the range is read once more after fields were found that none reads. */
  readonly evolve?: readonly EvolvedColumn[];
}

/**
 * Kafka to Parquet for some offset ranges: every record of [from, to) ends as a row of the raw table's files or of the
 * rejected table's. Reads never more, never less; writes only objects, so an attempt that dies leaves nothing visible.
 */
export async function ingestRange(deps: ActivityDeps, input: IngestRangeInput): Promise<IngestResult> {
  return withHeartbeat(({ signal, report }) =>
    withScratch(deps.scratchDirectory, async (directory) => {
      const loading = targetTables(deps, input);
      const [tables, { columns, reads }] = await together<[TargetTables, RangesRead]>(signal, [
        () => loading,
        (shared) => readRanges({ deps, input, directory, report, signal: shared }, loading),
      ]);
      return withSession(deps, signal, (session) =>
        decodeAndStore({ deps, input, directory, signal, report, columns, reads, tables, session }),
      );
    }),
  );
}

interface TargetTables {
  readonly raw: LoadedTable;
  readonly rejected: LoadedTable;
}

async function targetTables(deps: ActivityDeps, { pipeline, evolve = [] }: IngestRangeInput): Promise<TargetTables> {
  const names = [pipeline.table, siblingTable(pipeline.table, 'rejected')] as const;
  const { tables: loaded } = await loadHead(deps.lake, names);
  const [raw, rejected] = names.map((name) => requireTable(loaded.get(formatTableName(name)), formatTableName(name)));
  requireColumns(pipeline, raw!);
  return { raw: { ...raw!, metadata: withEvolvedColumns(raw!.metadata, evolve) }, rejected: rejected! };
}

async function decodeAndStore(
  work: ReadWork & { readonly input: IngestRangeInput } & RangesRead & {
      readonly tables: TargetTables;
      readonly session: Session;
    },
): Promise<IngestResult> {
  const { deps, input, directory, columns, reads, tables, session, report } = work;
  const { pipeline, plan } = input;
  const { eventTime, maxFutureMs } = pipeline.source;
  const lines = reads.map((read) => read.spool);
  report({ step: 'decoding' });
  const decoded = await decodeLines(session, {
    lines,
    columns,
    eventTime,
    maxFutureMs,
    into: 'raw_rows',
    directory,
  });
  const tallies = reads.map((read) => tally(read, decoded));
  const { rows, unknown } = await addExtra(session, {
    ...{ pipeline, columns, lines, directory, signal: work.signal },
    raw: tables.raw.metadata,
    rows: 'raw_rows',
  });
  if (input.evolve === undefined && unknown.length > 0)
    return { tallies, raw: { files: [] }, rejected: { files: [] }, rawBytes: 0, unknown };
  const rejectPaths = [
    ...reads.filter((read) => read.spool.rejects > 0).map((read) => read.rejectsPath),
    ...(await rereadBadRecords(work, decoded)),
  ];
  if (rejectPaths.length > 0)
    await loadRejects(session, { paths: rejectPaths, topic: pipeline.source.topic, into: 'rejected_rows' });

  report({ step: 'writing' });
  const first = reads[0]!.range;
  const namePrefix = `${pipeline.name}-${plan.seq}-${first.partition}-${first.from}`;
  const store = async (table: LoadedTable, rows: string): ReturnType<typeof uploadFiles> => {
    const { rows: sorted, ...order } = await sortedRows(session, { rows, metadata: table.metadata, by: rawOrder });
    const written = await writeTable(session, {
      select: `select * from ${sorted}`,
      schema: currentSchema(table.metadata),
      spec: defaultSpec(table.metadata),
      ...order,
      directory: path.join(directory, rows),
      namePrefix,
    });
    return uploadFiles(deps, table.metadata.location, written);
  };
  const raw = await store(tables.raw, rows);
  const rejected = rejectPaths.length > 0 ? await store(tables.rejected, 'rejected_rows') : [];
  return {
    tallies,
    raw: await packFiles(deps, plan.planId, raw),
    rejected: await packFiles(deps, plan.planId, rejected),
    rawBytes: raw.reduce((sum, file) => sum + Number(file.fileSizeBytes), 0),
    ...(input.evolve === undefined ? {} : { evolved: input.evolve }),
  };
}

/**
 * Rows that DuckDB could not type are read from Kafka once more, by offset, for their key and exact bytes: the spool has
 * neither, and carrying them for every good event would cost the hot path more than this rare second read.
 */
async function rereadBadRecords(
  { deps, input, directory, signal, reads }: Parameters<typeof decodeAndStore>[0],
  decoded: DecodeResult,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { range } of reads) {
    const bad = decoded.bad.filter(({ partition }) => partition === range.partition);
    if (bad.length === 0) continue;
    const offsets = bad.map(({ offset }) => offset);
    const rejectsPath = path.join(directory, `partition-${range.partition}.reread.ndjson`);
    const spool = await openRejectSpool(rejectsPath);
    const reasons = new Map(
      bad.map(({ offset, reason, column }) => [offset, { reason, ...(column === undefined ? {} : { column }) }]),
    );
    const span = { partition: range.partition, from: BigInt(min(offsets)), to: BigInt(max(offsets)) + 1n };
    await deps.kafka.readRange(
      {
        topic: input.pipeline.source.topic,
        topicId: input.plan.identity.topicId,
        range: span,
        ...epochOf(input.plan, range.partition),
        signal,
      },
      offsetFilterSink(reasons, { spool, partition: range.partition }),
    );
    await spool.finish();
    paths.push(rejectsPath);
  }
  return paths;
}

function tally({ range, summary, spool }: ReadRange, decoded: DecodeResult): PartitionTally {
  const rows = decoded.perPartition.find(({ partition }) => partition === range.partition);
  const bad = decoded.bad.filter(({ partition }) => partition === range.partition).length;
  return {
    partition: range.partition,
    records: summary.records,
    rows: Number(rows?.rows ?? 0n),
    rejected: spool.rejects + bad,
    markers: Number(range.to - range.from) - summary.records,
    contentHash: rows?.contentHash ?? NO_ROWS_HASH,
    ...(rows?.minEventTimeMs === undefined ? {} : { minEventTimeMs: rows.minEventTimeMs }),
    ...(rows?.maxEventTimeMs === undefined ? {} : { maxEventTimeMs: rows.maxEventTimeMs }),
  };
}

const min = (values: readonly number[]): number => values.reduce((a, b) => (a < b ? a : b));
const max = (values: readonly number[]): number => values.reduce((a, b) => (a > b ? a : b));
