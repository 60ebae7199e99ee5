import type { SluiceConfig } from '../../base/config';
import { openProducer } from '../../stream/kafka/producer';
import type { ProducedMessage } from '../../stream/kafka/producer';
import { openGenerator } from '../generate/generators';
import type { EventGenerator, Tally } from '../generate/generator';
import type { GenerateOptions } from '../generate/options';

export interface ProduceInput {
  readonly config: SluiceConfig;
  /** A shipped pipeline: its generator makes the events. */
  readonly pipeline: string;
  /** In place of the pipeline's own topic. */
  readonly topic?: string | undefined;
  readonly generate: GenerateOptions;
  /** Events per second of the clock; as fast as it goes when undefined. */
  readonly pace?: number | undefined;
  /** Ends early; what was sent is in the result. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (sent: number) => void;
}

export interface ProduceResult {
  readonly pipeline: string;
  readonly topic: string;
  readonly sent: number;
  /** Exact, of what was sent. */
  readonly tally: Tally;
  readonly seed: number;
  /** Record timestamps of the first and the last event. */
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
  readonly elapsedMs: number;
  readonly eventsPerSecond: number;
}

/** Messages per request: below a megabyte even when all go to one partition. */
const MAX_BATCH = 2_000;
/** How often a paced producer sends. */
const TICK_MS = 100;

/** Sends generated events. Throws BAD_INPUT, TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
export async function produceEvents(input: ProduceInput): Promise<ProduceResult> {
  const generator = openGenerator(input.pipeline, input.generate);
  const topic = input.topic ?? generator.topic;
  const producer = await openProducer(input.config.kafka);
  const startedMs = Date.now();
  const batchSize = input.pace === undefined ? MAX_BATCH : Math.ceil((input.pace * TICK_MS) / 1000);
  let sent = 0;
  try {
    let batch = nextBatch(generator, 0, batchSize);
    while (batch.length > 0 && !input.signal?.aborted) {
      if (input.pace !== undefined) await untilDue(startedMs + (sent * 1000) / input.pace, input.signal);
      const sending = producer.send(topic, batch);
      // The next messages are made while these are under way.
      const next = nextBatch(generator, sent + batch.length, Math.min(batchSize, MAX_BATCH));
      await sending;
      sent += batch.length;
      batch = next;
      input.onProgress?.(sent);
    }
  } finally {
    await producer.close();
  }
  const elapsedMs = Date.now() - startedMs;
  const timeOf = (index: number): number =>
    sent === 0 ? input.generate.startTimeMs : generator.message(index).timestampMs;
  return {
    pipeline: input.pipeline,
    topic,
    sent,
    tally: generator.tally(0, sent),
    seed: input.generate.seed,
    firstTimeMs: timeOf(0),
    lastTimeMs: timeOf(sent - 1),
    elapsedMs,
    eventsPerSecond: Math.round((sent * 1000) / Math.max(1, elapsedMs)),
  };
}

function nextBatch(generator: EventGenerator, from: number, size: number): readonly ProducedMessage[] {
  const to = Math.min(generator.count, from + Math.min(size, MAX_BATCH));
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => {
    const { key, value, timestampMs } = generator.message(from + index);
    return { key, value, timestampMs };
  });
}

async function untilDue(atMs: number, signal: AbortSignal | undefined): Promise<void> {
  while (!signal?.aborted && Date.now() < atMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(TICK_MS, atMs - Date.now())));
  }
}
