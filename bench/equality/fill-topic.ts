import type { SluiceConfig } from '../../base/config';
import { openKafkaAdmin } from '../../stream/kafka/admin';
import { openProducer } from '../../stream/kafka/producer';
import { produceLogged, type PlacedMessage } from './produce-logged';

export interface FillInput {
  readonly config: SluiceConfig;
  /** Must not exist. */
  readonly topic: string;
  readonly partitions: number;
  readonly messages: Iterable<PlacedMessage>;
  /** NDJSON of what was sent. */
  readonly logPath: string;
}

const SAID_EVERY = 500_000;

/** Makes a topic and fills it; says how far it is on standard error. Returns how many messages there are. */
export async function fillTopic({ config, topic, partitions, messages, logPath }: FillInput): Promise<number> {
  const admin = openKafkaAdmin(config.kafka);
  const producer = await openProducer(config.kafka);
  const startedAt = Date.now();
  const seconds = (): string => ((Date.now() - startedAt) / 1000).toFixed(1);
  try {
    // The events' times are not today's: retention would delete them.
    await admin.createTopic({ topic, partitions, settings: { 'retention.ms': '-1' } });
    const events = await produceLogged({
      messages,
      send: (chunk) => producer.send(topic, chunk),
      logPath,
      offsets: new Map(),
      onProgress: (sent) => {
        if (sent % SAID_EVERY === 0) process.stderr.write(`${topic}: ${sent} sent, ${seconds()} s\n`);
      },
    });
    process.stderr.write(`${topic}: all ${events} sent, ${seconds()} s\n`);
    return events;
  } finally {
    await producer.close();
    await admin.close();
  }
}

/** Deletes topics; one that was never made is no error. */
export async function dropTopics(config: SluiceConfig, topics: readonly string[]): Promise<void> {
  const admin = openKafkaAdmin(config.kafka);
  try {
    for (const topic of topics) await admin.deleteTopic(topic);
  } finally {
    await admin.close();
  }
}
