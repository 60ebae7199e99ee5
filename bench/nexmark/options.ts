import { SluiceError } from '../../base/errors';

/** What to generate. Equal options give equal bytes. */
export interface NexmarkOptions {
  readonly seed: number;
  /** Persons, auctions and bids together: of each 50 events 1 is a person, 3 are auctions, 46 are bids. */
  readonly count: number;
  /** Time of the first event. */
  readonly startTimeMs: number;
  /** Events per second of event time; by default 1,000. */
  readonly rate?: number | undefined;
  /** Partitions of each topic; by default 4. */
  readonly partitions?: number | undefined;
  /** Events change places within groups of this size; 1, the default, keeps their order. Adds group / rate seconds of disorder. */
  readonly outOfOrderGroupSize?: number | undefined;
  /** Share (0 to 1) of events that come later than they happened; by default 0.1. */
  readonly delayedShare?: number | undefined;
  /** By how much at most they come later; by default 3 s, within the pipelines' watermark of 4s. */
  readonly delayMs?: number | undefined;
}

export type CompleteNexmarkOptions = { readonly [K in keyof NexmarkOptions]-?: NonNullable<NexmarkOptions[K]> };

/** Event numbers are shuffled by a multiplication with this prime, as the published generator does. */
export const GROUP_STEP = 953;

/** Fills in defaults. Throws BAD_INPUT that names the option. */
export function completeNexmarkOptions(options: NexmarkOptions): CompleteNexmarkOptions {
  const complete = {
    seed: options.seed,
    count: options.count,
    startTimeMs: options.startTimeMs,
    rate: options.rate ?? 1000,
    partitions: options.partitions ?? 4,
    outOfOrderGroupSize: options.outOfOrderGroupSize ?? 1,
    delayedShare: options.delayedShare ?? 0.1,
    delayMs: options.delayMs ?? 3000,
  };
  const whole = (name: keyof typeof complete, least: number): void =>
    need(
      name,
      complete[name],
      Number.isSafeInteger(complete[name]) && complete[name] >= least,
      `a whole number from ${least}`,
    );
  whole('seed', 0);
  whole('count', 0);
  whole('startTimeMs', Number.MIN_SAFE_INTEGER);
  whole('partitions', 1);
  whole('outOfOrderGroupSize', 1);
  whole('delayMs', 0);
  const { rate, outOfOrderGroupSize, delayedShare } = complete;
  need('rate', rate, rate > 0 && Number.isFinite(rate), 'events per second above 0');
  need(
    'outOfOrderGroupSize',
    outOfOrderGroupSize,
    outOfOrderGroupSize % GROUP_STEP !== 0,
    `no multiple of ${GROUP_STEP}, which would put events of a group on one place`,
  );
  need('delayedShare', delayedShare, delayedShare >= 0 && delayedShare <= 1, 'a share from 0 to 1');
  return complete;
}

function need(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds)
    throw new SluiceError('BAD_INPUT', `${name}: expected ${expected}, found ${String(value)}`, {
      cure: `Correct ${name}.`,
    });
}
