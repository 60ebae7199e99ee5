import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { openKafkaAdmin } from '../../stream/kafka/admin';
import { openProducer } from '../../stream/kafka/producer';
import { produceLogged } from '../equality/produce-logged';
import type { NexmarkGenerator } from './generator';
import type { NexmarkKind } from './ids';

export interface FilledTopic {
  readonly topic: string;
  /** NDJSON of what was sent. */
  readonly logPath: string;
  readonly events: number;
}

export interface FillInput {
  readonly config: SluiceConfig;
  readonly generator: NexmarkGenerator;
  readonly kinds: readonly NexmarkKind[];
  readonly partitions: number;
  /** Part of the topics' names. */
  readonly id: string;
  /** Where the logs go. */
  readonly directory: string;
}

const SAID_EVERY = 500_000;

/** Makes a topic for each kind and sends its events; says how far it is on standard error. */
export async function fillTopics(input: FillInput): Promise<ReadonlyMap<NexmarkKind, FilledTopic>> {
  const { config, generator, kinds, partitions, id, directory } = input;
  const admin = openKafkaAdmin(config.kafka);
  const producer = await openProducer(config.kafka);
  const filled = new Map<NexmarkKind, FilledTopic>();
  try {
    for (const kind of kinds) {
      const topic = `nexmark-${kind}-${id}`;
      // The events' times are not today's: retention would delete them.
      await admin.createTopic({ topic, partitions, settings: { 'retention.ms': '-1' } });
      const logPath = path.join(directory, `${kind}.ndjson`);
      const startedAt = Date.now();
      const seconds = (): string => ((Date.now() - startedAt) / 1000).toFixed(1);
      const events = await produceLogged({
        messages: generator.messages(kind),
        send: (messages) => producer.send(topic, messages),
        logPath,
        offsets: new Map(),
        onProgress: (sent) => {
          if (sent % SAID_EVERY === 0) process.stderr.write(`${kind}s: ${sent} sent, ${seconds()} s\n`);
        },
      });
      process.stderr.write(`${kind}s: all ${events} sent, ${seconds()} s\n`);
      filled.set(kind, { topic, logPath, events });
    }
  } finally {
    await producer.close();
    await admin.close();
  }
  return filled;
}

export async function dropTopics(config: SluiceConfig, topics: readonly string[]): Promise<void> {
  const admin = openKafkaAdmin(config.kafka);
  try {
    for (const topic of topics) await admin.deleteTopic(topic);
  } finally {
    await admin.close();
  }
}
