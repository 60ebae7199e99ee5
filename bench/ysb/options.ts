import { SluiceError } from '../../base/errors';

/** What to generate. Equal options give equal bytes. */
export interface YsbOptions {
  readonly seed: number;
  readonly count: number;
  /** Time of the first event. */
  readonly startTimeMs: number;
  /** Events per second of event time; by default 1,000. */
  readonly rate?: number | undefined;
  /** Partitions of the topic of events; by default 4. */
  readonly partitions?: number | undefined;
  /** By default 100. */
  readonly campaigns?: number | undefined;
  /** By default 10. */
  readonly adsPerCampaign?: number | undefined;
  /** Event times lie up to 50 ms around the record's, and 1 of 100,000 up to a minute before it. */
  readonly skew?: boolean | undefined;
}

export type CompleteYsbOptions = { readonly [K in keyof YsbOptions]-?: NonNullable<YsbOptions[K]> };

/** Fills in defaults. Throws BAD_INPUT that names the option. */
export function completeYsbOptions(options: YsbOptions): CompleteYsbOptions {
  const complete = {
    seed: options.seed,
    count: options.count,
    startTimeMs: options.startTimeMs,
    rate: options.rate ?? 1000,
    partitions: options.partitions ?? 4,
    campaigns: options.campaigns ?? 100,
    adsPerCampaign: options.adsPerCampaign ?? 10,
    skew: options.skew ?? false,
  };
  const least = {
    seed: 0,
    count: 0,
    startTimeMs: Number.MIN_SAFE_INTEGER,
    partitions: 1,
    campaigns: 1,
    adsPerCampaign: 1,
  } as const;
  for (const [name, from] of Object.entries(least) as [keyof typeof least, number][])
    need(
      name,
      complete[name],
      Number.isSafeInteger(complete[name]) && complete[name] >= from,
      `a whole number from ${from}`,
    );
  need('rate', complete.rate, complete.rate > 0 && Number.isFinite(complete.rate), 'events per second above 0');
  return complete;
}

function need(name: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds)
    throw new SluiceError('BAD_INPUT', `${name}: expected ${expected}, found ${String(value)}`, {
      cure: `Correct ${name}.`,
    });
}
