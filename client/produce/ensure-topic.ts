import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { openKafkaAdmin } from '../../stream/kafka/admin';
import { createTopic } from '../apply/topics';

/** Creates the topic with `partitions` where it is missing. Throws TOPIC_NOT_FOUND when it is and no number is given, KAFKA_UNAVAILABLE. */
export async function ensureTopic(
  config: SluiceConfig,
  { topic, partitions }: { readonly topic: string; readonly partitions?: number | undefined },
): Promise<void> {
  const admin = openKafkaAdmin(config.kafka);
  try {
    if (await admin.topicExists(topic)) return;
    if (partitions === undefined) {
      throw new SluiceError('TOPIC_NOT_FOUND', `Kafka has no topic ${topic}`, {
        cure: 'Create it with `sluice setup`, or add --partitions 4.',
      });
    }
  } finally {
    await admin.close();
  }
  await createTopic(config, { topic, partitions });
}
