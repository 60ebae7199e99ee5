import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster, PartitionOffsets, TopicDescription } from '../stream/kafka/cluster';
import { isSluiceError, SluiceError } from '../base/errors';
import { incidentError, topicIncidents } from '../stream/topic-guard';
import type { Incident, Standing } from '../stream/topic-guard';

export interface TopicLook {
  readonly topic: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
  /** What stands between the lake and the topic; empty when all is well, or nothing was read yet. */
  readonly incidents: readonly Incident[];
}

type Asked = Pick<KafkaCluster, 'describeTopic' | 'listOffsets' | 'epochEnd'>;

/** A broker that was just started may answer with old metadata: an incident that ends a pipeline is looked at again after this long. */
const SECOND_LOOK_MS = 1_000;

/** Looks at a topic and holds it against `standing`. Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
export async function inspectTopic(kafka: Asked, name: string, standing: Standing | undefined): Promise<TopicLook> {
  const topic = await kafka.describeTopic(name);
  const offsets = await kafka.listOffsets(name);
  if (!standing) return { topic, offsets, incidents: [] };
  const asked = topic.topicId === standing.topicId ? await withEpochEnds(kafka, standing, offsets) : standing;
  return { topic, offsets, incidents: topicIncidents({ standing: asked, topic, offsets }) };
}

/** Asks where the epoch of a position ends, if the log has another one by now: while the leader stays, nothing can be cut. */
async function withEpochEnds(
  kafka: Asked,
  standing: Standing,
  offsets: readonly PartitionOffsets[],
): Promise<Standing> {
  const latest = new Map(offsets.map(({ partition, leaderEpoch }) => [partition, leaderEpoch]));
  const positions = await Promise.all(
    standing.positions.map(async (position) => {
      const { partition, leaderEpoch: epoch } = position;
      if (epoch === undefined || !latest.has(partition) || latest.get(partition) === epoch) return position;
      const epochEnd = await kafka.epochEnd({ topic: standing.topic, partition, epoch });
      return epochEnd === undefined ? position : { ...position, epochEnd };
    }),
  );
  return { ...standing, positions };
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
  let look = await lookOrSayHow(kafka, input);
  if (look.incidents.length > 0) {
    await sleep(SECOND_LOOK_MS);
    look = await inspectTopic(kafka, topic, standing);
  }
  if (look.incidents.length > 0) throw incidentError(pipeline, look.incidents);
  return look;
}

/** A topic that was read before and is gone: created again it is another one, which a person must accept. */
async function lookOrSayHow(
  kafka: Asked,
  { pipeline, topic, standing }: Parameters<typeof guardTopic>[1],
): Promise<TopicLook> {
  try {
    return await inspectTopic(kafka, topic, standing);
  } catch (error) {
    if (!standing || !isSluiceError(error, 'TOPIC_NOT_FOUND')) throw error;
    throw new SluiceError(
      'TOPIC_NOT_FOUND',
      `${error.message}; ${pipeline} has read topic id ${standing.topicId} of that name`,
      {
        cure: `Bring it back and: sluice start ${pipeline}. If it is created anew: sluice resume ${pipeline} --accept-new-topic --why …`,
        cause: error,
        context: error.context,
      },
    );
  }
}
