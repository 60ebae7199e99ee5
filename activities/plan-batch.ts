import { sha256Hex } from '../base/hash';
import { canonicalJson } from '../base/json';
import type { Pipeline } from '../pipeline/model';
import { advancePositions, cutRanges, groupRanges, idlePartitions } from '../stream/plan';
import type { PartitionPosition } from '../stream/plan';
import type { PartitionOffsets } from '../stream/kafka/cluster';
import { advanceWatermark } from '../stream/watermark';
import { watermarkInputs } from './base-state';
import type { ActivityDeps } from './deps';
import { guardTopic } from './inspect-topic';
import { positionFromWire, positionToWire, rangeToWire } from './positions';
import { joinedStreamsMoved } from './windows/joined-news';
import type { BatchPlan, GapDecision, PipelineIdentity, WirePosition } from './wire';

/** Offsets per reader: enough to fill DuckDB's vectors and a Parquet row group, few enough that two at once stay within the worker's memory. */
const GROUP_EVENTS = 250_000;
/**
 * Where events are spread over many partitions of the table, every reader writes a file in each of them, and a small file costs more
 * than its rows (docs/performance.md): then one reader takes four times as much, and its rows spill to the disk.
 */
const SPREAD_GROUP_EVENTS = 1_000_000;
const SPREAD_FILES = 16;

export interface PlanBatchInput {
  /**
   * The workflow's time, which is that of Temporal's server: idleness must not depend on the clock of the worker that happens to plan. The
   * worker's own where no workflow asks, and in histories of before.
   */
  readonly nowMs?: number;
  readonly pipeline: Pipeline;
  readonly lastSeq: string;
  readonly identity: PipelineIdentity;
  readonly positions: readonly WirePosition[];
  /** Of the last batch whose windows were computed: they tell whether idleness alone moves the watermark. */
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
  /** Raw files that each reader of the last batch wrote: the next one's events will be spread as wide. Unknown at the start. */
  readonly filesPerReader?: number;
  /** What was given up before this batch; the positions stand behind it already. The batch is planned even when it has nothing to read. */
  readonly decision?: GapDecision;
}

export interface PlanBatchResult {
  /** Undefined when there is nothing to do. */
  readonly plan?: BatchPlan;
  readonly positions: readonly WirePosition[];
  /** Offsets that wait beyond this plan. */
  readonly backlog: number;
}

/**
 * Fixes the offset ranges of the next batch. Guards what it reads: TOPIC_RECREATED, PARTITIONS_SHRUNK, OFFSETS_RESET,
 * OFFSETS_EXPIRED, each with the command that goes on. Partitions that were added are taken up, from offset 0.
 * Without new offsets a batch is planned only where a partition that fell idle lets the watermark advance, or a joined stream has news.
 */
export async function planBatch(deps: ActivityDeps, input: PlanBatchInput): Promise<PlanBatchResult> {
  const { pipeline, identity, decision } = input;
  const nowMs = input.nowMs ?? deps.now();
  const positionsBefore = input.positions.map(positionFromWire);
  const { topic, offsets } = await guardTopic(deps.kafka, {
    pipeline: pipeline.name,
    topic: pipeline.source.topic,
    standing: { topic: pipeline.source.topic, ...identity, positions: positionsBefore },
  });
  const known = withAddedPartitions(positionsBefore, offsets);
  const ends = new Map(offsets.map(({ partition, lastStable }) => [partition, lastStable]));
  const ranges = cutRanges({ positions: known, ends, maxEvents: pipeline.batch.maxEvents });
  const logEnds = new Map(offsets.map(({ partition, highWatermark }) => [partition, highWatermark]));
  const positions = advancePositions({ positions: known, ranges, logEnds, nowMs });
  const idle = idlePartitions(positions, nowMs, pipeline.source.idleMs);
  const backlog = Number(
    positions.reduce((sum, { partition, next }) => sum + (ends.get(partition) ?? next) - next, 0n),
  );
  const wirePositions = withEpochs(positions.map(positionToWire), offsets);
  const needed =
    ranges.length > 0 ||
    decision !== undefined ||
    idlenessMovesWatermark(input, positions, idle) ||
    (await joinedStreamsMoved(deps, pipeline));
  if (!needed) return { positions: wirePositions, backlog };

  const seq = String(BigInt(input.lastSeq) + 1n);
  const wireRanges = ranges.map(rangeToWire);
  const planId = sha256Hex(
    canonicalJson({
      ...{ pipeline: pipeline.name, seq, topicId: identity.topicId, ranges: wireRanges, idle },
      ...(decision ? { decision } : {}),
    }),
  ).slice(0, 32);
  const groupEvents = (input.filesPerReader ?? 0) > SPREAD_FILES ? SPREAD_GROUP_EVENTS : GROUP_EVENTS;
  const groups = groupRanges(ranges, groupEvents).map((group) => group.map(rangeToWire));
  return {
    plan: {
      seq,
      planId,
      plannedAtMs: nowMs,
      identity,
      partitions: topic.partitions,
      positions: wirePositions.map(({ caughtUpSinceMs: _, ...start }) => start),
      ranges: wireRanges,
      groups,
      idle,
      ...(decision ? { decision } : {}),
    },
    positions: wirePositions,
    backlog,
  };
}

/** With the epoch that the log had reached just now: all that is planned lies below its end. */
function withEpochs(positions: readonly WirePosition[], offsets: readonly PartitionOffsets[]): readonly WirePosition[] {
  return positions.map((position) => {
    const leaderEpoch = offsets.find(({ partition }) => partition === position.partition)?.leaderEpoch;
    return leaderEpoch === undefined ? position : { ...position, leaderEpoch };
  });
}

function withAddedPartitions(
  positions: readonly PartitionPosition[],
  offsets: readonly PartitionOffsets[],
): readonly PartitionPosition[] {
  const known = new Set(positions.map(({ partition }) => partition));
  const added = offsets
    .filter(({ partition }) => !known.has(partition))
    .map(({ partition }) => ({ partition, next: 0n }));
  return [...positions, ...added].sort((a, b) => a.partition - b.partition);
}

/**
 * A partition that fell idle no longer holds the watermark. The batch is planned whether it closes a window of this pipeline or none: other
 * pipelines may join its events, and they see the watermark that its last batch published. No more than one batch for each that falls idle.
 */
function idlenessMovesWatermark(
  { pipeline, maxEventTimesMs, watermarkMs }: PlanBatchInput,
  positions: readonly PartitionPosition[],
  idle: readonly number[],
): boolean {
  const nextMs = advanceWatermark({
    previousMs: watermarkMs,
    boundMs: pipeline.source.watermarkMs,
    partitions: watermarkInputs(
      positions.map(({ partition }) => partition),
      maxEventTimesMs,
      idle,
    ),
  });
  return nextMs !== watermarkMs;
}
