import type { CodecName } from '../compression';
import type { KafkaConfig } from './kafkajs-client';
import { classed, kafkajsClient } from './kafkajs-client';
import { kafkajsCompression } from './kafkajs-codecs';

export interface ProducedMessage {
  /** Partition by number; else by key, or spread when there is no key. */
  readonly partition?: number;
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly timestampMs?: number;
}

export interface RecordProducer {
  /** Sends one batch per partition and waits until all replicas in sync have it. Throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_NOT_FOUND. */
  send(topic: string, messages: readonly ProducedMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens an idempotent producer: a send that is retried inside does not double a message. */
export async function openProducer(
  config: KafkaConfig,
  { codec = 'lz4' }: { readonly codec?: CodecName } = {},
): Promise<RecordProducer> {
  const producer = kafkajsClient(config).producer({ idempotent: true, allowAutoTopicCreation: false });
  await classed('connecting a producer', config, () => producer.connect());
  const compression = kafkajsCompression[codec];
  return {
    async send(topic, messages) {
      const wire = messages.map(({ partition, key, value, timestampMs }) => ({
        value,
        ...(key === undefined ? {} : { key }),
        ...(partition === undefined ? {} : { partition }),
        ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
      }));
      await classed(`sending to ${topic}`, config, () =>
        producer.sendBatch({ compression, acks: -1, topicMessages: [{ topic, messages: wire }] }),
      );
    },
    close: () => producer.disconnect(),
  };
}
