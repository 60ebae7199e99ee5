import { SluiceError } from '../base/errors';

/** Lets a bounded number in; the others wait in order. */
export interface Gate {
  /** Resolves when it is this caller's turn; call what it gives exactly when done. Throws ROUTER_BUSY, or the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>;
  readonly running: number;
  readonly waiting: number;
}

export function createGate({
  concurrent,
  waiting: longest,
}: {
  readonly concurrent: number;
  readonly waiting: number;
}): Gate {
  let running = 0;
  const queue: (() => void)[] = [];

  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // The place goes to the next one at once: nobody can slip in between.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    };
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    async enter(signal) {
      signal.throwIfAborted();
      if (running < concurrent) {
        running += 1;
        return leaveOnce();
      }
      if (queue.length >= longest) {
        throw new SluiceError('ROUTER_BUSY', `${running} queries run and ${queue.length} wait: no place for another`, {
          cure: 'Try again in a moment.',
        });
      }
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        const giveUp = (): void => {
          queue.splice(queue.indexOf(turn), 1);
          reject(signal.reason as Error);
        };
        queue.push(turn);
        signal.addEventListener('abort', giveUp, { once: true });
      });
      return leaveOnce();
    },
  };
}
