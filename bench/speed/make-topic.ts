import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { SluiceConfig } from '../../base/config';
import { openKafkaAdmin } from '../../stream/kafka/admin';
import { openProducer, type ProducedMessage } from '../../stream/kafka/producer';
import { offsetsIn } from '../offsets-in';
import type { Data } from './data';
import { PARTITIONS } from './events';

export interface TopicInput {
  readonly config: SluiceConfig;
  readonly data: Data;
  readonly partitions?: number;
  say(text: string): void;
}

/** About 256 KiB per partition and send, before lz4. */
const CHUNK = 1800 * PARTITIONS;
const SAID_EVERY = 500_000;

/** Fills a topic with the lines, unless it stands there complete: event i in partition i % N, no key, lz4. It stays for the next run. Returns its name. */
export async function makeTopic({ config, data, partitions = PARTITIONS, say }: TopicInput): Promise<string> {
  const topic = `bench-speed-${data.events}-${data.sha256.slice(0, 12)}-p${partitions}`;
  if ((await offsetsIn(config, topic)) === data.events) {
    say(`topic ${topic} holds its ${data.events} events`);
    return topic;
  }
  const admin = openKafkaAdmin(config.kafka);
  try {
    await admin.deleteTopic(topic);
    // The events' times are not today's: retention would delete them.
    await admin.createTopic({ topic, partitions, settings: { 'retention.ms': '-1' } });
  } finally {
    await admin.close();
  }
  await sendLines({ config, data, partitions, say }, topic);
  const offsets = await offsetsIn(config, topic);
  if (offsets !== data.events) throw new Error(`topic ${topic}: expected ${data.events} offsets, found ${offsets}`);
  return topic;
}

async function sendLines({ config, data, partitions, say }: Required<TopicInput>, topic: string): Promise<void> {
  const producer = await openProducer(config.kafka, { codec: 'lz4' });
  try {
    let [sent, chunk] = [0, [] as ProducedMessage[]];
    let sending: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      const messages = chunk;
      chunk = [];
      sent += messages.length;
      // The next lines are read while these are under way.
      await sending;
      sending = producer.send(topic, messages);
      sending.catch(() => undefined); // it is awaited before the next one; until then nobody listens
      if (sent % SAID_EVERY < messages.length) say(`topic ${topic}: ${sent} of ${data.events} sent`);
    };
    let index = 0;
    for await (const value of createInterface({ input: createReadStream(data.linesFile), crlfDelay: Infinity })) {
      chunk.push({ partition: index % partitions, key: null, value });
      index += 1;
      if (chunk.length === CHUNK) await flush();
    }
    if (chunk.length > 0) await flush();
    await sending;
  } finally {
    await producer.close();
  }
}
