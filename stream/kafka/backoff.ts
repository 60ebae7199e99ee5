import { setTimeout as sleep } from 'node:timers/promises';
import { isSluiceError } from '../../base/errors';

export interface Patience {
  /** Try again for so long after the first failure, then throw the last one. */
  readonly patienceMs: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/**
 * Runs `attempt` until it succeeds, waiting longer and longer after each KAFKA_UNAVAILABLE; any other error is thrown at once.
 * Throws the signal's reason when aborted, also in the middle of an attempt.
 */
export async function withPatience<T>(
  { patienceMs, firstWaitMs, longestWaitMs }: Patience,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  let deadlineMs: number | undefined;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await abortable(attempt(), signal);
    } catch (error) {
      if (!isSluiceError(error, 'KAFKA_UNAVAILABLE')) throw error;
      const nowMs = performance.now();
      deadlineMs ??= nowMs + patienceMs;
      if (nowMs + waitMs > deadlineMs) throw error;
      await abortable(sleep(waitMs), signal);
    }
  }
}

/** Rejects with the signal's reason as soon as it is aborted; what the promise does later is ignored. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    promise.catch(() => undefined);
    throw signal.reason;
  }
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort!);
  }
}
