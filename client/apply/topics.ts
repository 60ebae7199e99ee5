import type { SluiceConfig } from '../../base/config';
import { isSluiceError, SluiceError } from '../../base/errors';
import type { Pipeline } from '../../pipeline/model';
import { openKafkaAdmin } from '../../stream/kafka/admin';
import { openKafka } from '../../stream/kafka/cluster';

export interface TopicState {
  readonly topic: string;
  /** Undefined: the topic does not exist. */
  readonly partitions?: number;
}

/** Looks at the topics of the pipelines. Throws KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
export async function readTopics(
  config: SluiceConfig,
  pipelines: readonly Pipeline[],
): Promise<ReadonlyMap<string, TopicState>> {
  const kafka = await openKafka(config.kafka);
  try {
    const topics = new Map<string, TopicState>();
    for (const topic of new Set(pipelines.map(({ source }) => source.topic))) {
      try {
        topics.set(topic, { topic, partitions: (await kafka.describeTopic(topic)).partitions.length });
      } catch (error) {
        if (!isSluiceError(error, 'TOPIC_NOT_FOUND')) throw error;
        topics.set(topic, { topic });
      }
    }
    return topics;
  } finally {
    await kafka.close();
  }
}

/** Throws TOPIC_NOT_FOUND that names every missing topic. */
export function requireTopics(topics: ReadonlyMap<string, TopicState>, cure: string): void {
  const missing = [...topics.values()].filter(({ partitions }) => partitions === undefined).map(({ topic }) => topic);
  if (missing.length === 0) return;
  throw new SluiceError(
    'TOPIC_NOT_FOUND',
    `Kafka has no topic ${missing.join(', ')}; a pipeline reads a topic that exists`,
    { cure },
  );
}

/** Creates those that are missing; the partitions of the others are theirs. Gives the names of the new ones. */
export async function createMissingTopics(
  config: SluiceConfig,
  topics: ReadonlyMap<string, TopicState>,
  partitions: number,
): Promise<readonly string[]> {
  const missing = [...topics.values()].filter((topic) => topic.partitions === undefined).map(({ topic }) => topic);
  for (const topic of missing) await createTopic(config, { topic, partitions });
  return missing;
}

const SETTLE_MS = 20_000;

/** Creates a topic and waits until the cluster can describe it. Throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_NOT_FOUND. */
export async function createTopic(
  config: SluiceConfig,
  input: { readonly topic: string; readonly partitions: number },
): Promise<void> {
  const admin = openKafkaAdmin(config.kafka);
  const kafka = await openKafka(config.kafka);
  const deadlineMs = Date.now() + SETTLE_MS;
  try {
    for (let asked = false; ;) {
      try {
        if (!asked) await admin.createTopic(input);
        asked = true;
        await kafka.describeTopic(input.topic);
        return;
      } catch (error) {
        // A broker that was just started knows a new topic a moment before it knows its leaders.
        if (!isSluiceError(error, 'TOPIC_NOT_FOUND') || Date.now() > deadlineMs) throw error;
        asked = true;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  } finally {
    await kafka.close();
    await admin.close();
  }
}
