import { SluiceError } from '../base/errors';
import { formatTableName, parseTableName } from '../base/table-name';
import { loadTable } from '../lake/lake';
import type { Lake, LoadedTable } from '../lake/lake';
import { readProgress } from '../lake/progress';
import type { Progress } from '../lake/progress';
import type { Pipeline } from '../pipeline/model';
import type { TopicDescription } from '../stream/kafka/cluster';
import type { ActivityDeps } from './deps';
import { positionToWire } from './positions';
import type { PipelineIdentity, WirePosition } from './wire';

export interface OpenPipelineInput {
  readonly pipeline: Pipeline;
}

export interface OpenPipelineResult {
  /** Sequence number of the last published batch; "0" before the first. */
  readonly lastSeq: string;
  readonly identity: PipelineIdentity;
  readonly positions: readonly WirePosition[];
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
}

/**
 * Reads from the lake where a pipeline stands (design section 1: the lake is the truth) and checks that the topic is still
 * the one it was read from. A pipeline without progress begins at the earliest offset of each partition.
 * Errors: TABLE_NOT_FOUND, TOPIC_NOT_FOUND, TOPIC_RECREATED, PARTITIONS_SHRUNK, OFFSETS_EXPIRED.
 */
export async function openPipeline(deps: ActivityDeps, { pipeline }: OpenPipelineInput): Promise<OpenPipelineResult> {
  const topic = await deps.kafka.describeTopic(pipeline.source.topic);
  const { table } = await loadRawTable(deps.lake, pipeline);
  const progress = readProgress(table.metadata, pipeline.name);
  if (progress) guardIdentity(pipeline, progress, topic);
  const offsets = await deps.kafka.listOffsets(pipeline.source.topic);
  const positions = offsets.map(({ partition, earliest }): WirePosition => {
    const next = progress?.partitions[String(partition)]?.next;
    // A partition that was added to a known topic has lost nothing yet: it begins at 0, and an expired start is an incident.
    return positionToWire({ partition, next: next ?? (progress ? 0n : earliest) });
  });
  return {
    lastSeq: String(progress?.batch ?? 0n),
    identity: { clusterId: topic.clusterId, topicId: topic.topicId },
    positions,
    ...(progress?.watermarkMs === undefined ? {} : { watermarkMs: progress.watermarkMs }),
    maxEventTimesMs: maxEventTimes(progress),
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

export function requireTable(table: LoadedTable | undefined, name: string): LoadedTable {
  if (table) return table;
  throw new SluiceError('TABLE_NOT_FOUND', `table ${formatTableName(parseTableName(name))} is not in the catalog`, {
    cure: 'Create the tables of the pipeline: sluice apply FILE',
  });
}

export function maxEventTimes(progress: Progress | undefined): Record<string, number> {
  const known = Object.entries(progress?.partitions ?? {}).flatMap(([partition, { maxEventTimeMs }]) =>
    maxEventTimeMs === undefined ? [] : [[partition, maxEventTimeMs] as const],
  );
  return Object.fromEntries(known);
}

/** The same cluster, the same topic, no fewer partitions: else the offsets in the lake mean other events. */
export function guardIdentity(
  pipeline: Pipeline,
  progress: Pick<Progress, 'topicId' | 'clusterId' | 'partitions'>,
  topic: TopicDescription,
): void {
  if (progress.topicId !== topic.topicId || progress.clusterId !== topic.clusterId) {
    throw new SluiceError(
      'TOPIC_RECREATED',
      `topic ${topic.topic} has id ${topic.topicId} on cluster ${topic.clusterId}; the lake was filled from ${progress.topicId} on ${progress.clusterId}`,
      {
        cure: `The offsets start anew: read the new topic into tables of its own, under another pipeline name.`,
        context: { pipeline: pipeline.name, topic: topic.topic },
      },
    );
  }
  const missing = Object.keys(progress.partitions).filter((partition) => !topic.partitions.includes(Number(partition)));
  if (missing.length > 0) {
    throw new SluiceError('PARTITIONS_SHRUNK', `topic ${topic.topic} no longer has partition ${missing.join(', ')}`, {
      cure: 'Kafka cannot shrink a topic: check that the brokers are those of the cluster the lake was filled from.',
      context: { pipeline: pipeline.name, topic: topic.topic },
    });
  }
}
