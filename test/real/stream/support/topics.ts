import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../../base/config';
import type { CodecName } from '../../../../stream/compression';
import { openKafkaAdmin } from '../../../../stream/kafka/admin';
import type { KafkaCluster } from '../../../../stream/kafka/cluster';
import { openKafka } from '../../../../stream/kafka/cluster';
import type { ProducedMessage } from '../../../../stream/kafka/producer';
import { openProducer } from '../../../../stream/kafka/producer';

export const kafkaConfig = loadConfig().kafka;

/** A cluster and topics of this suite's own, removed at its end. Call inside a describe or at the top of a file. */
export function useKafka() {
  const admin = openKafkaAdmin(kafkaConfig);
  const made: string[] = [];
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await openKafka(kafkaConfig);
  });
  afterAll(async () => {
    for (const topic of made) await admin.deleteTopic(topic);
    await admin.close();
    await cluster.close();
  });
  return {
    admin,
    get cluster() {
      return cluster;
    },
    async topic(
      name: string,
      options: { partitions?: number; settings?: Record<string, string> } = {},
    ): Promise<string> {
      const topic = `test-${name}-${randomBytes(4).toString('hex')}`;
      made.push(topic);
      await admin.createTopic({
        topic,
        partitions: options.partitions ?? 1,
        // Retention goes by the records' own timestamps, and those of these tests are old: without this the log loses its head while it is read.
        settings: { 'retention.ms': '-1', ...options.settings },
      });
      return topic;
    },
  };
}

export async function produce(
  topic: string,
  messages: readonly ProducedMessage[],
  options: { codec?: CodecName; perSend?: number } = {},
): Promise<void> {
  const producer = await openProducer(kafkaConfig, { codec: options.codec ?? 'lz4' });
  try {
    const perSend = options.perSend ?? messages.length;
    for (let at = 0; at < messages.length; at += perSend) await producer.send(topic, messages.slice(at, at + perSend));
  } finally {
    await producer.close();
  }
}

export const numbered = (count: number, pad = 0): ProducedMessage[] =>
  Array.from({ length: count }, (_, i) => ({
    partition: 0,
    key: `k${i}`,
    value: `{"n":${i},"pad":"${'x'.repeat(pad)}"}`,
    timestampMs: 1_700_000_000_000 + i,
  }));
