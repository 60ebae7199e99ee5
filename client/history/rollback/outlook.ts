import type { SluiceConfig } from '../../../base/config';
import { isSluiceError } from '../../../base/errors';
import type { PipelineMove } from '../../../lake/history/rollback-plan';
import { openKafka } from '../../../stream/kafka/cluster';
import type { KafkaCluster, PartitionOffsets } from '../../../stream/kafka/cluster';

/** What happens to the offsets of one pipeline after a rollback. */
export interface Outlook {
  readonly pipeline: string;
  readonly topic: string;
  /** `replaced`: it has another id than what was read, so that nothing can be read again. */
  readonly topicState: 'there' | 'gone' | 'replaced';
  readonly partitions: readonly PartitionOutlook[];
  /** Sums over the partitions. */
  readonly reread: bigint;
  readonly expired: bigint;
  /** On main again without being read: the rollback goes to a later state. */
  readonly skipped: bigint;
}

export interface PartitionOutlook {
  readonly partition: number;
  /** [from, to): read again on the next start, or skipped. */
  readonly from: bigint;
  readonly to: bigint;
  readonly what: 'read again' | 'skipped' | 'unchanged';
  /** Of those to be read again, so many Kafka does not have any more. */
  readonly expired: bigint;
}

/** Asks Kafka whether it still holds what will be read again. Throws KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
export async function lookAhead(config: SluiceConfig, moves: readonly PipelineMove[]): Promise<readonly Outlook[]> {
  if (moves.length === 0) return [];
  const kafka = await openKafka(config.kafka);
  try {
    const outlooks: Outlook[] = [];
    for (const move of moves) outlooks.push(outlookOf(move, await topicOf(kafka, move)));
    return outlooks;
  } finally {
    await kafka.close();
  }
}

interface TopicLook {
  readonly state: Outlook['topicState'];
  readonly offsets: readonly PartitionOffsets[];
}

async function topicOf(kafka: KafkaCluster, { topic, topicId, clusterId }: PipelineMove): Promise<TopicLook> {
  try {
    const found = await kafka.describeTopic(topic);
    if (found.topicId !== topicId || found.clusterId !== clusterId) return { state: 'replaced', offsets: [] };
    return { state: 'there', offsets: await kafka.listOffsets(topic) };
  } catch (error) {
    if (isSluiceError(error, 'TOPIC_NOT_FOUND')) return { state: 'gone', offsets: [] };
    throw error;
  }
}

/** Pure. */
export function outlookOf(move: PipelineMove, { state, offsets }: TopicLook): Outlook {
  const partitions = move.partitions.map(({ partition, now, then }): PartitionOutlook => {
    if (now === then) return { partition, from: now, to: then, what: 'unchanged', expired: 0n };
    if (then > now) return { partition, from: now, to: then, what: 'skipped', expired: 0n };
    const earliest = state === 'there' ? (offsets.find((item) => item.partition === partition)?.earliest ?? now) : now;
    const gone = earliest < then ? 0n : (earliest < now ? earliest : now) - then;
    return { partition, from: then, to: now, what: 'read again', expired: gone };
  });
  const sum = (pick: (partition: PartitionOutlook) => bigint): bigint =>
    partitions.reduce((total, partition) => total + pick(partition), 0n);
  return {
    pipeline: move.pipeline,
    topic: move.topic,
    topicState: state,
    partitions,
    reread: sum(({ what, from, to, expired }) => (what === 'read again' ? to - from - expired : 0n)),
    expired: sum(({ expired }) => expired),
    skipped: sum(({ what, from, to }) => (what === 'skipped' ? to - from : 0n)),
  };
}
