import { describeError } from '../../base/errors';
import type { ChaosCase } from './case';
import type { ServerControl } from './chaos-stack';
import type { Crew, Hand, HandInput } from './crew';
import { isWorkerPoint } from './points';
import type { RequestKind } from './request-kind';
import { treatmentOf } from './request-faults';
import { strike } from './strike';

export interface Fault {
  /** Starts the worker that will meet the fault. */
  hireFirst(): Promise<void>;
  /** Undefined until it has struck. */
  struckAtMs(): number | undefined;
  /** Done when every process and network works again; rejects when they could not be brought back. */
  over(): Promise<void>;
  /** Done when no request is held back any more. */
  delivered(): Promise<void>;
}

export interface ArmInput {
  readonly item: ChaosCase;
  readonly crew: Crew;
  readonly control: ServerControl | undefined;
  readonly note: (text: string) => void;
}

/** Prepares the fault of a case: it strikes once, at the first worker that reaches its point in its batch or later. */
export function arm(input: ArmInput): Fault {
  const { item, crew, note } = input;
  let struckAtMs: number | undefined;
  let delivered = Promise.resolve();
  let finish: (end: Promise<void>) => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  over.catch(() => undefined); // it may fail long before anybody waits for it
  const blow = async (hand: Hand): Promise<void> => {
    if (item.kind === 'request') finish(Promise.resolve());
    else {
      try {
        finish((await strike({ ...input, item, hand })).restored);
      } catch (error) {
        finish(Promise.reject(error as Error));
      }
    }
    struckAtMs = Date.now();
  };
  // The one that takes over meets the fault: the first worker dies at the same point before it.
  const first = async (hand: Hand): Promise<void> => {
    if (item.kind === 'request' || item.victim !== 'second worker') return blow(hand);
    crew.kill(hand);
    note('the first worker was killed at this point');
    await crew.hire(armed({ item, batch: 1, blow, hold, note }));
  };
  const hold = (settled: Promise<void>): void => {
    delivered = settled;
  };
  return {
    hireFirst: async () => {
      await crew.hire(armed({ item, batch: item.batch, blow: first, hold, note }));
    },
    struckAtMs: () => struckAtMs,
    over: () => over,
    delivered: () => delivered,
  };
}

interface Armed {
  readonly item: ChaosCase;
  readonly batch: number;
  readonly blow: (hand: Hand) => Promise<void>;
  readonly hold: (settled: Promise<void>) => void;
  readonly note: (text: string) => void;
}

/** What a worker needs to run into the fault once. */
function armed({ item, batch, blow, hold, note }: Armed): HandInput {
  let fired = false;
  if (item.kind === 'process' && isWorkerPoint(item.point)) {
    return {
      point: item.point,
      onPoint: async (hand, { seq }) => {
        if (fired || seq < batch) return;
        fired = true;
        await blow(hand);
      },
    };
  }
  const kind: RequestKind = item.kind === 'request' ? item.request : 'merge';
  const fault = item.kind === 'request' ? item.fault : item.point === 'merge held back' ? 'held back' : 'answer lost';
  let seen = 0;
  return {
    treat: (hand, request) => {
      if (request.kind !== kind) return undefined;
      seen += 1;
      if (fired || seen < batch) return undefined;
      fired = true;
      let settle: () => void = () => undefined;
      hold(
        new Promise((resolve) => {
          settle = resolve;
        }),
      );
      return treatmentOf(request, {
        fault,
        holdMs: item.holdMs,
        strike: () => blow(hand).catch((error: unknown) => note(describeError(error))),
        settled: (text) => {
          note(text);
          settle();
        },
      });
    },
  };
}
