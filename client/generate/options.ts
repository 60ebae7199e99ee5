import { SluiceError } from '../../base/errors';

/** What to generate. Equal options give equal bytes. */
export interface GenerateOptions {
  readonly seed: number;
  readonly count: number;
  /** Time of the first event. Messages carry times from here on, `rate` events a second. */
  readonly startTimeMs: number;
  /** Events per second of event time; by default 1000. */
  readonly rate?: number | undefined;
  /** Event times lie up to this far behind the record's timestamp, at random; by default 2000, within the pipelines' watermark of 5s. */
  readonly outOfOrderMs?: number | undefined;
  /** Share (0 to 1) of good events that come `lateByMs` behind and more: into windows that are closed by then. */
  readonly lateShare?: number | undefined;
  /** By default 15 minutes, three of the longest windows. */
  readonly lateByMs?: number | undefined;
  /** Share (0 to 1) of messages that no raw table can take: each ends as a rejected row. */
  readonly malformedShare?: number | undefined;
  /** How many users or devices there are; each pipeline has its own default. */
  readonly keys?: number | undefined;
}

export interface CompleteOptions {
  readonly seed: number;
  readonly count: number;
  readonly startTimeMs: number;
  readonly rate: number;
  readonly outOfOrderMs: number;
  readonly lateShare: number;
  readonly lateByMs: number;
  readonly malformedShare: number;
  readonly keys: number | undefined;
}

/** Fills in defaults. Throws BAD_INPUT that names the option. */
export function completeOptions(options: GenerateOptions): CompleteOptions {
  const complete = {
    seed: options.seed,
    count: options.count,
    startTimeMs: options.startTimeMs,
    rate: options.rate ?? 1000,
    outOfOrderMs: options.outOfOrderMs ?? 2000,
    lateShare: options.lateShare ?? 0,
    lateByMs: options.lateByMs ?? 15 * 60_000,
    malformedShare: options.malformedShare ?? 0,
    keys: options.keys,
  };
  need('seed', complete.seed, Number.isSafeInteger(complete.seed) && complete.seed >= 0, 'a whole number from 0');
  need('count', complete.count, Number.isSafeInteger(complete.count) && complete.count >= 0, 'a whole number from 0');
  need('startTimeMs', complete.startTimeMs, Number.isSafeInteger(complete.startTimeMs), 'a time in whole milliseconds');
  need('rate', complete.rate, complete.rate > 0 && Number.isFinite(complete.rate), 'events per second above 0');
  need(
    'outOfOrderMs',
    complete.outOfOrderMs,
    Number.isSafeInteger(complete.outOfOrderMs) && complete.outOfOrderMs >= 0,
    'whole milliseconds from 0',
  );
  need(
    'lateByMs',
    complete.lateByMs,
    Number.isSafeInteger(complete.lateByMs) && complete.lateByMs > complete.outOfOrderMs,
    'whole milliseconds above outOfOrderMs',
  );
  need('lateShare', complete.lateShare, complete.lateShare >= 0 && complete.lateShare <= 1, 'a share from 0 to 1');
  need(
    'malformedShare',
    complete.malformedShare,
    complete.malformedShare >= 0 && complete.malformedShare + complete.lateShare <= 1,
    'a share from 0 to 1 - lateShare',
  );
  need(
    'keys',
    complete.keys,
    complete.keys === undefined ||
      (Number.isSafeInteger(complete.keys) && complete.keys > 0 && complete.keys < 2 ** 31),
    'a whole number from 1',
  );
  return complete;
}

/** The start that lets the last of `count` events happen at `endTimeMs`: a finished run looks like the recent past. */
export function startTimeEndingAt(input: {
  readonly endTimeMs: number;
  readonly count: number;
  readonly rate: number;
}): number {
  return Math.floor(input.endTimeMs - (Math.max(0, input.count - 1) * 1000) / input.rate);
}

function need(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds)
    throw new SluiceError('BAD_INPUT', `${name}: expected ${expected}, found ${String(value)}`, {
      cure: `Correct ${name}.`,
    });
}
