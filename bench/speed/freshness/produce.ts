/**
 * The producer as a process of its own: a ProduceRequest on stdin, a ProduceResult on stdout. Events carry the time at which they were made as
 * their event time, and go out every 20 ms at an even rate.
 */
import { text } from 'node:stream/consumers';
import type { SluiceConfig } from '../../../base/config';
import { openProducer, type ProducedMessage } from '../../../stream/kafka/producer';
import { eventLines, partitionOf } from '../events';

export interface ProduceRequest {
  readonly kafka: SluiceConfig['kafka'];
  readonly topic: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface ProduceResult {
  readonly events: number;
  /** By how much the last events were late: above some 100 ms the rate was not kept. */
  readonly behindMs: number;
}

const TICK_MS = 20;
/** About 256 KiB per partition: a producer that fell behind must not send more at once than the broker takes. */
const MAX_CHUNK = 7200;
const PLACEHOLDER = /"event_time":"[^"]*"/;

async function produce({ kafka, topic, perSecond, seconds, seed }: ProduceRequest): Promise<ProduceResult> {
  const producer = await openProducer(kafka);
  const events = Math.round(perSecond * seconds);
  const lines = eventLines({ events, seed, stepUs: 0 });
  try {
    const startedAt = Date.now();
    let sent = 0;
    while (sent < events) {
      const nowMs = Date.now();
      const due = Math.min(events, sent + MAX_CHUNK, Math.floor(((nowMs - startedAt) / 1000) * perSecond));
      const time = `"event_time":"${new Date(nowMs).toISOString()}"`;
      const messages: ProducedMessage[] = [];
      for (; sent < due; sent += 1) {
        const value = lines.next().value!.text.replace(PLACEHOLDER, time);
        messages.push({ partition: partitionOf(sent), key: null, value });
      }
      if (messages.length > 0) await producer.send(topic, messages);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, TICK_MS - (Date.now() - nowMs))));
    }
    return { events, behindMs: Math.max(0, Date.now() - startedAt - seconds * 1000) };
  } finally {
    await producer.close();
  }
}

async function main(): Promise<void> {
  process.stdout.write(JSON.stringify(await produce(JSON.parse(await text(process.stdin)) as ProduceRequest)));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
