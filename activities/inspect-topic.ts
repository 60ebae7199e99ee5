import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster, PartitionOffsets, TopicDescription } from '../stream/kafka/cluster';
import { incidentError, topicIncidents } from '../stream/topic-guard';
import type { Incident, Standing } from '../stream/topic-guard';

export interface TopicLook {
  readonly topic: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
  /** What stands between the lake and the topic; empty when all is well, or nothing was read yet. */
  readonly incidents: readonly Incident[];
}

type Asked = Pick<KafkaCluster, 'describeTopic' | 'listOffsets'>;

/** A broker that was just started may answer with old metadata: an incident that ends a pipeline is looked at again after this long. */
const SECOND_LOOK_MS = 1_000;

/** Looks at a topic and holds it against `standing`. Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
export async function inspectTopic(kafka: Asked, name: string, standing: Standing | undefined): Promise<TopicLook> {
  const topic = await kafka.describeTopic(name);
  const offsets = await kafka.listOffsets(name);
  return { topic, offsets, incidents: standing ? topicIncidents({ standing, topic, offsets }) : [] };
}

/**
 * As inspectTopic, and throws what is wrong as one error, TOPIC_RECREATED, PARTITIONS_SHRUNK, OFFSETS_RESET or OFFSETS_EXPIRED,
 * once a second look has found it too.
 */
export async function guardTopic(
  kafka: Asked,
  input: { readonly pipeline: string; readonly topic: string; readonly standing: Standing | undefined },
): Promise<TopicLook> {
  const { pipeline, topic, standing } = input;
  let look = await inspectTopic(kafka, topic, standing);
  if (look.incidents.length > 0) {
    await sleep(SECOND_LOOK_MS);
    look = await inspectTopic(kafka, topic, standing);
  }
  if (look.incidents.length > 0) throw incidentError(pipeline, look.incidents);
  return look;
}
