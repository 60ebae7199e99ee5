import { SluiceError } from '../base/errors';

export interface Deadline {
  /** Aborts with QUERY_TIMEOUT when the time is up, with QUERY_CANCELLED when `outer` aborts. */
  readonly signal: AbortSignal;
  clear(): void;
}

/** One signal for both ways in which a query ends early. */
export function startDeadline(timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timedOut(timeoutMs)), timeoutMs);
  const cancel = (): void =>
    controller.abort(new SluiceError('QUERY_CANCELLED', 'the query was cancelled by its client'));
  if (outer?.aborted) cancel();
  else outer?.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', cancel);
    },
  };
}

function timedOut(timeoutMs: number): SluiceError {
  return new SluiceError('QUERY_TIMEOUT', `the query did not end within ${timeoutMs} ms`, {
    cure: 'Ask for less (a narrower time range, fewer tables), or give a longer timeoutMs where the router allows it.',
  });
}

/** The result of `work`, or the signal's reason as soon as it aborts. The work goes on unseen: for calls that take no signal. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) {
    // The work has begun: its own failure must not end the process unheard.
    work.catch(() => undefined);
    throw signal.reason;
  }
  let giveUp: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (giveUp) signal.removeEventListener('abort', giveUp);
  }
}

/** As untilAborted, for `ms` milliseconds; the error says who gave no answer. */
export async function within<T>(ms: number, who: string, work: Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`${who} gave no answer within ${ms} ms`)), ms);
  try {
    return await untilAborted(controller.signal, work);
  } finally {
    clearTimeout(timer);
  }
}
