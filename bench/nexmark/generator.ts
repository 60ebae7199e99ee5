import { createRandom } from '../../client/generate/random';
import { createTimeText } from '../../client/generate/time-text';
import { auctionJson, bidJson, personJson, type EventInput } from './event-json';
import { kindOfEvent, type NexmarkKind } from './ids';
import { completeNexmarkOptions, GROUP_STEP, type NexmarkOptions } from './options';

/** A Kafka message of one of the three topics, ready to be sent. */
export interface NexmarkMessage {
  readonly kind: NexmarkKind;
  readonly partition: number;
  /** The id of the person, the auction or the auction that is bid for. */
  readonly key: string;
  /** JSON, ASCII only. */
  readonly value: string;
  /** When the event arrives, on the generator's clock: never goes back. The event itself may have happened up to the delay before it. */
  readonly timestampMs: number;
}

export interface NexmarkGenerator {
  readonly count: number;
  /** The message at place `index`, 0 to count - 1: depends on the options and the index only. */
  message(index: number): NexmarkMessage;
  /** All messages in order, or those of one kind. */
  messages(kind?: NexmarkKind): IterableIterator<NexmarkMessage>;
}

const jsonOf = { person: personJson, auction: auctionJson, bid: bidJson } as const satisfies Record<
  NexmarkKind,
  (input: EventInput) => string
>;

/** The Nexmark generator, seeded. Throws BAD_INPUT for options that make no sense. */
export function createNexmark(given: NexmarkOptions): NexmarkGenerator {
  const options = completeNexmarkOptions(given);
  const { count, startTimeMs, rate, partitions, outOfOrderGroupSize, delayMs } = options;
  const random = createRandom(options.seed);
  const timeText = createTimeText();
  const stepMs = 1000 / rate;
  const delayedBelow = Math.round(options.delayedShare * 2 ** 32);
  const timeOf = (place: number): number => startTimeMs + Math.floor(place * stepMs);

  /** Which event stands at a place: the places of a group change among themselves. A last group that is not full keeps its order. */
  const eventAt = (place: number): number => {
    const group = place - (place % outOfOrderGroupSize);
    if (outOfOrderGroupSize === 1 || group + outOfOrderGroupSize > count) return place;
    return group + (((place - group) * GROUP_STEP) % outOfOrderGroupSize);
  };

  const message = (index: number): NexmarkMessage => {
    const eventNumber = eventAt(index);
    random.seek(eventNumber);
    const partition = random.below(partitions);
    const isDelayed = random.below(2 ** 32) < delayedBelow;
    const timeMs = timeOf(eventNumber) - (isDelayed ? random.below(delayMs + 1) : 0);
    const kind = kindOfEvent(eventNumber);
    const value = jsonOf[kind]({ eventNumber, timeMs, timeText, stepMs, random });
    // All three begin with the id: {"id":1000, or {"auction":1000,
    const key = value.slice(value.indexOf(':') + 1, value.indexOf(','));
    return { kind, partition, key, value, timestampMs: timeOf(index) };
  };

  return {
    count,
    message,
    *messages(kind) {
      for (let index = 0; index < count; index++)
        if (kind === undefined || kindOfEvent(eventAt(index)) === kind) yield message(index);
    },
  };
}
