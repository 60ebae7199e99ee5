import { startTimeEndingAt } from '../generate/options';

export interface EventTimesInput {
  readonly count: number;
  readonly nowMs: number;
  /** Events per second of the clock, when they are sent at a pace. */
  readonly pace?: number | undefined;
  /** Of the first event. */
  readonly startMs?: number | undefined;
  /** From the first event to the last. */
  readonly spanMs?: number | undefined;
}

const DEFAULT_RATE = 1000;

/**
 * When the events happen. At a pace they happen as they are sent; otherwise they lie in the recent past and end now, 1000 a second or
 * spread over `spanMs`. `startMs` moves them. Pure.
 */
export function eventTimes(input: EventTimesInput): { readonly startTimeMs: number; readonly rate: number } {
  const { count, nowMs, pace, startMs, spanMs } = input;
  const rate = spanMs === undefined || spanMs === 0 ? (pace ?? DEFAULT_RATE) : Math.max(0.001, (count * 1000) / spanMs);
  if (startMs !== undefined) return { startTimeMs: startMs, rate };
  return { startTimeMs: pace === undefined ? startTimeEndingAt({ endTimeMs: nowMs, count, rate }) : nowMs, rate };
}
