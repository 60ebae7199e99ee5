import path from 'node:path';
import { openColumnSpool } from '../engine/column-spool/column-spool';
import type { SpooledRecords } from '../engine/column-spool/column-spool';
import type { LoadedTable } from '../lake/lake';
import type { Column, Pipeline } from '../pipeline/model';
import type { OffsetRange, RangeSummary } from '../stream/kafka/cluster';
import type { ActivityDeps } from './deps';
import { plannedEpoch, rangeFromWire } from './positions';
import { together } from './together';
import { columnsToRead } from './unknown-fields';
import type { BatchPlan, WireRange } from './wire';

/** Up to so many offsets in all, partitions are read side by side: the wait for brokers is most of such a read, and their rows are little memory. */
const SMALL_READ = 20_000;

/** A range in local files. */
export interface ReadRange {
  readonly range: OffsetRange;
  readonly summary: RangeSummary;
  readonly spool: SpooledRecords;
  readonly rejectsPath: string;
}

export interface RangesRead {
  readonly columns: readonly Column[];
  readonly reads: readonly ReadRange[];
}

export interface ReadWork {
  readonly deps: ActivityDeps;
  readonly input: { readonly pipeline: Pipeline; readonly plan: BatchPlan; readonly ranges: readonly WireRange[] };
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
}

/** Does not wait for the tables, unless fields become columns by themselves: then the raw table tells the columns. */
export async function readRanges(work: ReadWork, loading: Promise<{ readonly raw: LoadedTable }>): Promise<RangesRead> {
  const { pipeline, ranges } = work.input;
  const { columns: declared, unknownFields } = pipeline.source;
  const columns = unknownFields === 'evolve' ? columnsToRead(pipeline, (await loading).raw.metadata) : declared;
  const wanted = ranges.map(rangeFromWire);
  const offsets = wanted.reduce((sum, { from, to }) => sum + Number(to - from), 0);
  if (offsets <= SMALL_READ) {
    const readers = wanted.map((range) => (signal: AbortSignal) => readRange({ ...work, signal }, range, columns));
    return { columns, reads: await together<ReadRange[]>(work.signal, readers) };
  }
  const reads: ReadRange[] = [];
  for (const range of wanted) reads.push(await readRange(work, range, columns));
  return { columns, reads };
}

async function readRange(
  { deps, input: { pipeline, plan }, directory, signal, report }: ReadWork,
  range: OffsetRange,
  columns: readonly Column[],
): Promise<ReadRange> {
  const { eventTime, maxFutureMs, unknownFields } = pipeline.source;
  const base = path.join(directory, `partition-${range.partition}`);
  const rejectsPath = `${base}.rejects.ndjson`;
  const spool = await openColumnSpool({
    ...{ path: `${base}.ndjson`, columnsPath: `${base}.parquet`, rejectsPath, partition: range.partition },
    ...{ columns, eventTime, maxFutureMs, onlyKnown: unknownFields !== undefined },
  });
  try {
    const summary = await deps.kafka.readRange(
      {
        topic: pipeline.source.topic,
        topicId: plan.identity.topicId,
        range,
        ...epochOf(plan, range.partition),
        signal,
        onProgress: (nextOffset) =>
          report({ step: 'reading', partition: range.partition, next: String(nextOffset), to: String(range.to) }),
      },
      spool,
    );
    return { range, summary, spool: await spool.finish(), rejectsPath };
  } catch (error) {
    await spool.abort();
    throw error;
  }
}

/** Another leader since the plan may have cut the log: the read then stops (KIP-320). */
export function epochOf(plan: BatchPlan, partition: number): { readonly plannedEpoch?: number } {
  const epoch = plannedEpoch(plan, partition);
  return epoch === undefined ? {} : { plannedEpoch: epoch };
}
