import { formatTableName } from '../base/table-name';
import { loadTable } from '../lake/lake';
import type { Lake, LoadedTable } from '../lake/lake';
import { readProgress } from '../lake/progress';
import type { Progress } from '../lake/progress';
import { requireOwner } from '../lake/table-owner';
import type { Pipeline } from '../pipeline/model';
import type { Standing } from '../stream/topic-guard';
import type { ActivityDeps } from './deps';
import { applyDecision } from './gaps';
import { guardTopic } from './inspect-topic';
import { positionToWire } from './positions';
import { requireColumns } from './require-columns';
import { requireTable } from './require-table';
import type { GapDecision, PipelineIdentity, WirePosition } from './wire';

export interface OpenPipelineInput {
  readonly pipeline: Pipeline;
  /** What a person gave up to go on. */
  readonly decision?: GapDecision;
}

export interface OpenPipelineResult {
  /** Sequence number of the last published batch; "0" before the first. */
  readonly lastSeq: string;
  readonly identity: PipelineIdentity;
  readonly positions: readonly WirePosition[];
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
}

export { requireTable } from './require-table';

/**
 * Reads from the lake where a pipeline stands (design section 1: the lake is the truth) and checks that the topic is still
 * the one it was read from, with all that was not read yet. A decision moves it over what was given up; it is not committed here, the
 * first batch carries it. A pipeline without progress begins at the earliest offset of each partition.
 * Errors: TABLE_NOT_FOUND, TABLE_TAKEN, SCHEMA_MISMATCH, TOPIC_NOT_FOUND, TOPIC_RECREATED, PARTITIONS_SHRUNK, OFFSETS_RESET, OFFSETS_EXPIRED, and OFFSET_MISMATCH
 * for a decision that the lake has left behind.
 */
export async function openPipeline(
  deps: ActivityDeps,
  { pipeline, decision }: OpenPipelineInput,
): Promise<OpenPipelineResult> {
  const { table } = await loadRawTable(deps.lake, pipeline);
  requireOwner([table], pipeline.name);
  requireColumns(pipeline, table);
  const progress = applyDecision(pipeline.name, readProgress(table.metadata, pipeline.name), decision);
  const { topic, offsets } = await guardTopic(deps.kafka, {
    pipeline: pipeline.name,
    topic: pipeline.source.topic,
    standing: progress && standingOf(progress),
  });
  const positions = offsets.map(({ partition, earliest }): WirePosition => {
    const { next, leaderEpoch } = progress?.partitions[String(partition)] ?? {};
    // A partition that was added to a known topic has lost nothing yet: it begins at 0, and an expired start is an incident.
    return positionToWire({
      partition,
      next: next ?? (progress ? 0n : earliest),
      ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
    });
  });
  return {
    lastSeq: String(progress?.batch ?? 0n),
    identity: { clusterId: topic.clusterId, topicId: topic.topicId },
    positions,
    ...(progress?.watermarkMs === undefined ? {} : { watermarkMs: progress.watermarkMs }),
    maxEventTimesMs: maxEventTimes(progress),
  };
}

/** Where a progress record stands in its topic. */
export function standingOf({ topic, clusterId, topicId, partitions }: Progress): Standing {
  return {
    topic,
    clusterId,
    topicId,
    positions: Object.entries(partitions).map(([partition, { next, leaderEpoch }]) => ({
      partition: Number(partition),
      next,
      ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
    })),
  };
}

/** The raw table as main has it now, with the hash that it was read at. */
export async function loadRawTable(
  lake: Lake,
  pipeline: Pipeline,
): Promise<{ readonly hash: string; readonly table: LoadedTable }> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  return { hash, table: requireTable(await loadTable(lake, hash, pipeline.table), formatTableName(pipeline.table)) };
}

export function maxEventTimes(progress: Progress | undefined): Record<string, number> {
  const known = Object.entries(progress?.partitions ?? {}).flatMap(([partition, { maxEventTimeMs }]) =>
    maxEventTimeMs === undefined ? [] : [[partition, maxEventTimeMs] as const],
  );
  return Object.fromEntries(known);
}
