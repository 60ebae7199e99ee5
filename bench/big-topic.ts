import { openGenerator } from '../client/generate/generators';
import type { SluiceConfig } from '../base/config';
import { openKafkaAdmin } from '../stream/kafka/admin';
import { openProducer } from '../stream/kafka/producer';
import type { ProducedMessage } from '../stream/kafka/producer';
import { offsetsIn } from './offsets-in';

export const PARTITIONS = 4;
const CHUNK = 10_000;
const DAY_SECONDS = 86_400;

/**
 * How event times follow offsets. `ordered`: time goes on with the offsets, a batch touches a few days. `mixed`: events of all days
 * everywhere, so that every batch touches every day.
 */
export type EventOrder = 'ordered' | 'mixed';

export interface BigTopic {
  readonly events: number;
  /** Event time is spread evenly over so many days. */
  readonly days: number;
  readonly order: EventOrder;
  readonly seed: number;
}

export function topicName({ events, days, order, seed }: BigTopic): string {
  return `bench-events-${events}-${days}-${order}-${seed}`;
}

/** Fills the topic with seeded user-activity events, unless it stands there complete. Says how far it is on standard error. */
export async function fillTopic(config: SluiceConfig, topic: BigTopic): Promise<void> {
  const name = topicName(topic);
  const admin = openKafkaAdmin(config.kafka);
  try {
    if ((await offsetsIn(config, name)) === topic.events) {
      process.stderr.write(`topic ${name} holds its ${topic.events} events already\n`);
      return;
    }
    await admin.deleteTopic(name);
    await admin.createTopic({ topic: name, partitions: PARTITIONS, settings: { 'retention.ms': '-1' } });
    await produceAll(config, topic, name);
  } finally {
    await admin.close();
  }
}

export async function dropTopic(config: SluiceConfig, topic: BigTopic): Promise<void> {
  const admin = openKafkaAdmin(config.kafka);
  try {
    await admin.deleteTopic(topicName(topic));
  } finally {
    await admin.close();
  }
}

async function produceAll(config: SluiceConfig, topic: BigTopic, name: string): Promise<void> {
  const { events, days, order, seed } = topic;
  const generator = openGenerator('user-activity', {
    seed,
    count: events,
    startTimeMs: Date.UTC(2025, 0, 1),
    rate: events / (days * DAY_SECONDS),
  });
  const place = order === 'ordered' ? (index: number): number => index : shuffled(events);
  const producer = await openProducer(config.kafka);
  const startedAt = Date.now();
  try {
    let sending: Promise<void> = Promise.resolve();
    for (let at = 0; at < events; at += CHUNK) {
      const messages = Array.from({ length: Math.min(CHUNK, events - at) }, (_, index): ProducedMessage => {
        const { key, value, timestampMs } = generator.message(place(at + index));
        return { key, value, timestampMs, partition: (at + index) % PARTITIONS };
      });
      // The next messages are made while these are under way.
      await sending;
      sending = producer.send(name, messages);
      if (at % 1_000_000 === 0) process.stderr.write(`producing: ${at} of ${events} events, ${seconds(startedAt)} s\n`);
    }
    await sending;
  } finally {
    await producer.close();
  }
  process.stderr.write(`produced ${events} events in ${seconds(startedAt)} s\n`);
}

const seconds = (sinceMs: number): number => Math.round((Date.now() - sinceMs) / 1000);

/** Steps through [0, count) by a step without a common divisor, about a golden section long: every stretch of it spans the whole. */
export function shuffled(count: number): (index: number) => number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let step = Math.max(1, Math.floor(count * 0.6180339887));
  while (divisor(step, count) !== 1) step += 1;
  return (index) => Number((BigInt(index) * BigInt(step)) % BigInt(count));
}
