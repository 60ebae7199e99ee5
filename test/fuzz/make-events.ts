import type { FuzzBody, FuzzEvent, FuzzStep, FuzzWindow } from './case';
import type { Random } from './random';

export interface EventsInput {
  readonly steps: readonly FuzzStep[];
  readonly windows: readonly FuzzWindow[];
  readonly unitMs: number;
  readonly baseMs: number;
  readonly watermarkMs: number;
  readonly maxFutureMs: number;
}

const DECADES_US = 30n * 365n * 86_400_000_000n;
const KEYS = ['a', 'b', 'c', '', 'ä', null, null];
const BAD_VALUES = [null, '', '7', '{"k":"a"}', '{"t":null,"k":"a"}', '{"t":"soon","k":"a"}', '{"t":'];

/** The events of a case: partitions that run at their own pace, out of order, on edges of windows, late, doubled, too early. */
export function makeEvents(random: Random, input: EventsInput): readonly FuzzEvent[] {
  const { steps, unitMs, baseMs } = input;
  const partitions = steps.at(-1)!.partitions;
  const pace = Array.from({ length: partitions }, () => unitMs * random.int(1, 4));
  const silent = Array.from({ length: partitions }, () => random.chance(0.2));
  const keys = random.shuffle(KEYS).slice(0, random.int(1, KEYS.length));
  const clocksUs = pace.map(() => BigInt(baseMs + unitMs * random.int(-4, 4)) * 1000n);
  const times: bigint[] = [];
  // All clocks at once: the watermark follows, over more windows than could be written down.
  const jumpAt = random.chance(0.1) ? random.int(1, steps.length) : undefined;
  const events: FuzzEvent[] = [];

  const message = (partition: number): { readonly timestampMs: number; readonly body: FuzzBody } => {
    if (random.chance(0.03)) return { timestampMs: baseMs, body: { kind: 'gap' } };
    if (random.chance(0.03)) return { timestampMs: baseMs, body: { kind: 'bad', value: random.pick(BAD_VALUES) } };
    const farAhead = random.chance(0.03);
    const timeUs = eventTime(random, { input, clockUs: clocksUs[partition]!, times });
    const timestampMs = Math.max(0, ceilMs(timeUs) - random.int(-1000, Math.min(1000, input.maxFutureMs)));
    const v = random.chance(0.1) ? null : BigInt(random.int(0, 100));
    const g = random.chance(0.2) ? null : BigInt(random.int(0, 1));
    const body = { kind: 'event', k: random.pick(keys), g, v } as const;
    if (farAhead) return { timestampMs, body: { ...body, timeUs: tooEarly(random, timestampMs + input.maxFutureMs) } };
    times.push(timeUs);
    return { timestampMs, body: { ...body, timeUs } };
  };

  steps.forEach((step, index) => {
    if (index === jumpAt) clocksUs.forEach((clockUs, partition) => (clocksUs[partition] = clockUs + DECADES_US));
    for (let partition = 0; partition < step.partitions; partition += 1) {
      if (silent[partition] ? random.chance(0.8) : random.chance(0.15)) continue;
      for (let count = random.int(1, 7); count > 0; count -= 1) {
        clocksUs[partition]! += BigInt(random.int(0, pace[partition]!)) * 1000n;
        events.push({ step: index, partition, ...message(partition) });
      }
    }
  });
  return random.chance(0.5) ? [...events, ...lastEvents(input, partitions, times)] : events;
}

function eventTime(
  random: Random,
  {
    input,
    clockUs,
    times,
  }: { readonly input: EventsInput; readonly clockUs: bigint; readonly times: readonly bigint[] },
): bigint {
  const { unitMs, windows, watermarkMs } = input;
  const unit = BigInt(unitMs) * 1000n;
  const aside = random.pick([0n, 0n, 0n, -1n, 1n, -1000n, 1000n, -999n]);
  const known = times.length > 0 ? random.pick(times) : clockUs;
  switch (random.int(0, 9)) {
    case 0: // on a multiple of the unit, where windows begin and end, or beside it
    case 1:
      return (clockUs / unit) * unit + aside;
    case 2: // the same time again
      return known;
    case 3: // as far from another event as a gap is, or a window long
    case 4:
      return known + BigInt(random.pick(windows.map(lengthOf))) * 1000n * BigInt(random.pick([1, -1])) + aside;
    case 5: // out of order within the bound
      return clockUs - BigInt(random.int(0, watermarkMs)) * 1000n;
    case 6: // late
      return clockUs - BigInt(random.int(0, 30)) * unit + aside;
    case 7: // late for some windows by their lateness
      return clockUs - BigInt(random.pick(windows).latenessMs + random.int(0, 6) * unitMs) * 1000n + aside;
    default:
      return clockUs + BigInt(random.int(0, 999_999));
  }
}

function lengthOf({ shape }: FuzzWindow): number {
  if (shape.kind === 'session') return shape.gapMs;
  return shape.kind === 'hop' ? shape.slideMs : shape.sizeMs;
}

/** On the limit of what is accepted, just behind it, and far behind it. */
function tooEarly(random: Random, limitMs: number): bigint {
  return BigInt(limitMs) * 1000n + random.pick([0n, 1n, 1n, 1_000_000_000n, 86_400_000_000n * 400n]);
}

/** One event in each partition, late enough to close everything before it. */
function lastEvents(input: EventsInput, partitions: number, times: readonly bigint[]): readonly FuzzEvent[] {
  const newest = times.reduce((a, b) => (a > b ? a : b), BigInt(input.baseMs) * 1000n);
  const longest = Math.max(
    ...input.windows.map(({ shape }) => (shape.kind === 'session' ? shape.maxMs : shape.sizeMs)),
  );
  const timeUs = newest + BigInt(longest * 2 + input.watermarkMs + 1000) * 1000n;
  return Array.from({ length: partitions }, (_, partition) => ({
    step: input.steps.length - 1,
    partition,
    timestampMs: Math.max(0, ceilMs(timeUs)),
    body: { kind: 'event' as const, timeUs, k: 'a', g: null, v: 1n },
  }));
}

/** The first millisecond that is not before a time. */
const ceilMs = (us: bigint): number => -Math.floor(Number(-us) / 1000);
