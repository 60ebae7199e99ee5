import { SluiceError } from '../base/errors';
import { sha256Hex } from '../base/hash';
import { canonicalJson } from '../base/json';
import type { Pipeline } from '../pipeline/model';
import { advancePositions, cutRanges, groupRanges, idlePartitions } from '../stream/plan';
import type { PartitionPosition } from '../stream/plan';
import type { PartitionOffsets } from '../stream/kafka/cluster';
import { advanceWatermark } from '../stream/watermark';
import { closesWindows } from '../stream/windows';
import { watermarkInputs } from './base-state';
import type { ActivityDeps } from './deps';
import { positionFromWire, positionToWire, rangeToWire } from './positions';
import type { BatchPlan, PipelineIdentity, WirePosition } from './wire';

/** Offsets per reader: enough to fill DuckDB's vectors and a Parquet row group, few enough that two at once stay within the worker's memory. */
const GROUP_EVENTS = 250_000;

export interface PlanBatchInput {
  readonly pipeline: Pipeline;
  readonly lastSeq: string;
  readonly identity: PipelineIdentity;
  readonly positions: readonly WirePosition[];
  /** Of the last batch whose windows were computed: they tell whether idleness alone can close a window. */
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
}

export interface PlanBatchResult {
  /** Undefined when there is nothing to do. */
  readonly plan?: BatchPlan;
  readonly positions: readonly WirePosition[];
  /** Offsets that wait beyond this plan. */
  readonly backlog: number;
}

/**
 * Fixes the offset ranges of the next batch. Guards identity and retention: TOPIC_RECREATED, OFFSETS_EXPIRED, OFFSETS_RESET.
 * Without new offsets a batch is planned only where a partition that fell idle lets the watermark close windows.
 */
export async function planBatch(deps: ActivityDeps, input: PlanBatchInput): Promise<PlanBatchResult> {
  const { pipeline, identity } = input;
  const nowMs = deps.now();
  const topic = await deps.kafka.describeTopic(pipeline.source.topic);
  if (topic.topicId !== identity.topicId || topic.clusterId !== identity.clusterId) {
    throw new SluiceError(
      'TOPIC_RECREATED',
      `topic ${topic.topic} is now ${topic.topicId}; this pipeline was reading ${identity.topicId}`,
      {
        cure: 'The offsets start anew: read the new topic into tables of its own, under another pipeline name.',
      },
    );
  }
  const offsets = await deps.kafka.listOffsets(pipeline.source.topic);
  const known = withAddedPartitions(input.positions.map(positionFromWire), offsets);
  guardOffsets(pipeline, known, offsets);
  const ends = new Map(offsets.map(({ partition, lastStable }) => [partition, lastStable]));
  const ranges = cutRanges({ positions: known, ends, maxEvents: pipeline.batch.maxEvents });
  const positions = advancePositions(known, ranges, nowMs);
  const idle = idlePartitions(positions, nowMs, pipeline.source.idleMs);
  const backlog = Number(
    positions.reduce((sum, { partition, next }) => sum + (ends.get(partition) ?? next) - next, 0n),
  );
  const wirePositions = positions.map(positionToWire);
  if (ranges.length === 0 && !idlenessClosesWindows(input, positions, idle))
    return { positions: wirePositions, backlog };

  const seq = String(BigInt(input.lastSeq) + 1n);
  const wireRanges = ranges.map(rangeToWire);
  const planId = sha256Hex(
    canonicalJson({ pipeline: pipeline.name, seq, topicId: identity.topicId, ranges: wireRanges, idle }),
  ).slice(0, 32);
  const groups = groupRanges(ranges, GROUP_EVENTS).map((group) => group.map(rangeToWire));
  return {
    plan: {
      seq,
      planId,
      plannedAtMs: nowMs,
      identity,
      partitions: topic.partitions,
      positions: wirePositions.map(({ partition, next }) => ({ partition, next })),
      ranges: wireRanges,
      groups,
      idle,
    },
    positions: wirePositions,
    backlog,
  };
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

function guardOffsets(
  pipeline: Pipeline,
  positions: readonly PartitionPosition[],
  offsets: readonly PartitionOffsets[],
): void {
  for (const { partition, next } of positions) {
    const found = offsets.find((item) => item.partition === partition);
    const where = `${pipeline.source.topic}/${partition}`;
    if (!found) {
      throw new SluiceError('PARTITIONS_SHRUNK', `${where} no longer exists`, {
        cure: 'Check that the brokers are those of the cluster the lake was filled from.',
      });
    }
    if (next < found.earliest) {
      throw new SluiceError(
        'OFFSETS_EXPIRED',
        `${where}: offsets ${next} to ${found.earliest - 1n} were deleted before they were read`,
        {
          cure: 'Raise the retention of the topic; these events cannot be had from Kafka any more.',
          context: { partition, expected: next, earliest: found.earliest },
        },
      );
    }
    if (next > found.highWatermark) {
      throw new SluiceError(
        'OFFSETS_RESET',
        `${where} ends at ${found.highWatermark}, but offsets up to ${next} were read already`,
        {
          cure: 'The log was truncated or restored from a backup: find out which events were replaced before going on.',
          context: { partition, expected: next, end: found.highWatermark },
        },
      );
    }
  }
}

function idlenessClosesWindows(
  input: PlanBatchInput,
  positions: readonly PartitionPosition[],
  idle: readonly number[],
): boolean {
  const { pipeline, maxEventTimesMs, watermarkMs } = input;
  const nextMs = advanceWatermark({
    previousMs: watermarkMs,
    boundMs: pipeline.source.watermarkMs,
    partitions: watermarkInputs(
      positions.map(({ partition }) => partition),
      maxEventTimesMs,
      idle,
    ),
  });
  if (nextMs === undefined || nextMs === watermarkMs) return false;
  return pipeline.windows.some(({ shape }) => closesWindows(shape, { previousMs: watermarkMs, nextMs }));
}
