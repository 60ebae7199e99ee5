import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import { loadHead } from '../lake/lake';
import type { Lake, LoadedTable } from '../lake/lake';
import { readProgress } from '../lake/progress';
import type { Progress } from '../lake/progress';
import { requireOwner } from '../lake/table-owner';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from '../pipeline/tables';
import { applyDecision } from './gaps';
import { requireTable } from './require-table';
import type { BatchPlan } from './wire';

/** The tables a pipeline writes, as main holds them at one hash: the base that a batch is computed from and staged on. */
export interface BaseState {
  readonly hash: string;
  readonly tables: ReadonlyMap<string, LoadedTable>;
  readonly raw: LoadedTable;
  readonly progress: Progress | undefined;
}

export { tablesOf };

/** Reads the base at main's head. Errors: TABLE_NOT_FOUND, TABLE_TAKEN, TABLE_FOREIGN, CATALOG_UNAVAILABLE. */
export async function loadBase(lake: Lake, pipeline: Pipeline): Promise<BaseState> {
  const names = tablesOf(pipeline);
  const { hash, tables } = await loadHead(lake, names);
  for (const name of names) requireTable(tables.get(formatTableName(name)), formatTableName(name));
  const raw = requireTable(tables.get(formatTableName(pipeline.table)), formatTableName(pipeline.table));
  requireOwner(tables.values(), pipeline.name);
  return { hash, tables, raw, progress: readProgress(raw.metadata, pipeline.name) };
}

/**
 * Rule 1 and 3 of exactly-once: the batch must begin exactly where the base ends. `applied` when the base already holds this
 * very batch; OFFSET_MISMATCH, never retried, when it holds anything else.
 */
export function compareProgress(
  pipeline: Pipeline,
  plan: BatchPlan,
  progress: Progress | undefined,
): 'next' | 'applied' {
  const seq = BigInt(plan.seq);
  const stored = progress?.batch ?? 0n;
  const at = (partition: number): bigint | undefined => progress?.partitions[String(partition)]?.next;
  const sameTopic =
    progress === undefined ||
    (progress.topicId === plan.identity.topicId && progress.clusterId === plan.identity.clusterId);
  // All positions, not the ranges alone: a batch without any would otherwise be taken for whatever bears its number.
  const ends = new Map(plan.positions.map(({ partition, next }) => [partition, next]));
  for (const { partition, to } of plan.decision?.gaps ?? []) ends.set(partition, to);
  for (const { partition, to } of plan.ranges) ends.set(partition, to);
  if (stored === seq && sameTopic && [...ends].every(([partition, to]) => at(partition) === BigInt(to)))
    return 'applied';
  const before = stored === seq - 1n ? applyDecision(pipeline.name, progress, plan.decision) : progress;
  const start = (partition: number): bigint | undefined => before?.partitions[String(partition)]?.next;
  const begins = plan.ranges.every(({ partition, from }) => (start(partition) ?? BigInt(from)) === BigInt(from));
  const follows =
    before === undefined || (before.topicId === plan.identity.topicId && before.clusterId === plan.identity.clusterId);
  if (stored === seq - 1n && begins && follows) return 'next';
  throw new SluiceError(
    'OFFSET_MISMATCH',
    `batch ${plan.seq} of ${pipeline.name} begins at ${describeRanges(plan)}, but the lake stands at batch ${stored}, ${describeProgress(progress)}`,
    {
      cure: 'Another run published in between; nothing of this batch was published. Start the pipeline again: it goes on from the lake.',
      context: { pipeline: pipeline.name, batch: plan.seq },
    },
  );
}

const describeRanges = (plan: BatchPlan): string =>
  plan.ranges.map(({ partition, from }) => `${partition}:${from}`).join(' ') || 'no offsets';
const describeProgress = (progress: Progress | undefined): string =>
  progress
    ? Object.entries(progress.partitions)
        .map(([partition, { next }]) => `${partition}:${next}`)
        .join(' ')
    : 'without progress';

/** What the watermark is taken from: the highest event time of each partition, and whether it is idle in this batch. */
export function watermarkInputs(
  partitions: readonly number[],
  maxEventTimesMs: Readonly<Record<string, number>>,
  idle: readonly number[],
): readonly { readonly maxEventTimeMs?: number; readonly idle: boolean }[] {
  return partitions.map((partition) => {
    const maxEventTimeMs = maxEventTimesMs[String(partition)];
    return { idle: idle.includes(partition), ...(maxEventTimeMs === undefined ? {} : { maxEventTimeMs }) };
  });
}
