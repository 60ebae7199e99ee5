import { malform, malformedKinds, type MalformedKind } from './malform';
import { completeOptions, type GenerateOptions } from './options';
import { createRandom, type Random } from './random';
import { createTimeText } from './time-text';

export type MessageKind = 'good' | 'late' | MalformedKind;

/** A Kafka message ready to be sent. */
export interface GeneratedMessage {
  readonly key: Buffer;
  readonly value: Buffer;
  /**
   * The record's timestamp: when the event arrived, on the generator's clock. It never goes back, is never before a good event's own time, and so
   * no good event is ahead of it (`max_future`). A broker deletes records by this time (retention) and refuses it more than an hour ahead of its own.
   */
  readonly timestampMs: number;
  readonly kind: MessageKind;
}

/** How many of each kind there are. Rows expected: raw = good + late, rejected = malformed. */
export interface Tally {
  readonly good: number;
  readonly late: number;
  readonly malformed: number;
  readonly malformedByKind: Readonly<Record<MalformedKind, number>>;
}

/** `message(i)` depends on the options and i only: any part can be made anywhere, in any order, again. */
export interface EventGenerator {
  readonly topic: string;
  readonly count: number;
  /** The message at `index`, 0 to count - 1. */
  message(index: number): GeneratedMessage;
  kindOf(index: number): MessageKind;
  /** Counts [from, to) without making the messages; by default all. */
  tally(from?: number, to?: number): Tally;
}

/** What differs from pipeline to pipeline. */
export interface EventShape {
  readonly topic: string;
  /** First field of the message, of a `not null` column. */
  readonly firstField: string;
  /** A field of a `not null` column of a number type. */
  readonly numberField: string;
  /** Draws one event. `json` is a JSON object with firstField first; `timeText` stands in it once. */
  make(input: {
    readonly random: Random;
    readonly index: number;
    readonly timeMs: number;
    readonly timeText: string;
  }): { readonly key: Buffer; readonly json: string };
}

const dayMs = 86_400_000;

/** A generator of `shape`'s events. Throws BAD_INPUT for options that make no sense. */
export function createGenerator(
  given: GenerateOptions,
  shapeOf: (options: ReturnType<typeof completeOptions>) => EventShape,
): EventGenerator {
  const options = completeOptions(given);
  const shape = shapeOf(options);
  const random = createRandom(options.seed);
  const timeText = createTimeText();
  const malformedBelow = Math.round(options.malformedShare * 2 ** 32);
  const lateBelow = malformedBelow + Math.round(options.lateShare * 2 ** 32);

  /** Leaves `random` behind the kind's draw: the rest of the event follows. */
  function drawKind(index: number): MessageKind {
    random.seek(index);
    const draw = random.below(2 ** 32);
    if (draw < malformedBelow) return malformedKinds[draw % malformedKinds.length] ?? 'cut';
    return draw < lateBelow ? 'late' : 'good';
  }

  function eventTimeMs(kind: MessageKind, arrivalMs: number): number {
    if (kind === 'late') return arrivalMs - options.lateByMs - random.below(60_000);
    if (kind === 'far-future') return arrivalMs + dayMs;
    return options.outOfOrderMs === 0 ? arrivalMs : arrivalMs - random.below(options.outOfOrderMs + 1);
  }

  return {
    topic: shape.topic,
    count: options.count,
    message(index) {
      const kind = drawKind(index);
      const timestampMs = options.startTimeMs + Math.floor((index * 1000) / options.rate);
      const timeMs = eventTimeMs(kind, timestampMs);
      const text = timeText(timeMs);
      const { key, json } = shape.make({ random, index, timeMs, timeText: text });
      const value =
        kind === 'good' || kind === 'late'
          ? json
          : malform({ kind, json, timeText: text, shape, draw: random.below(1000) });
      return { key, value: Buffer.from(value), timestampMs, kind };
    },
    kindOf: drawKind,
    tally(from = 0, to = options.count) {
      const counts = new Map<MessageKind, number>();
      for (let index = from; index < to; index++) {
        const kind = drawKind(index);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      const of = (kind: MessageKind) => counts.get(kind) ?? 0;
      const malformedByKind = Object.fromEntries(malformedKinds.map((kind) => [kind, of(kind)])) as Record<
        MalformedKind,
        number
      >;
      const malformed = malformedKinds.reduce((sum, kind) => sum + of(kind), 0);
      return { good: of('good'), late: of('late'), malformed, malformedByKind };
    },
  };
}
