import { parseBatchBranch } from '../../lake/batch-branch';
import { describeError } from '../../base/errors';
import type { ChaosCase } from './case';
import type { DealBlow } from './blow';
import type { Crew, Hand, HandInput } from './crew';
import type { Lake } from '../../lake/lake';
import { changeCatalog } from './change-catalog';
import { isWorkerPoint, upkeepOf } from './points';
import type { WorkerPoint } from './points';
import type { RequestKind } from './request-kind';
import { treatmentOf } from './request-faults';
import { strike } from './strike';

export interface Fault {
  /** Starts the worker that will meet the fault. */
  hireFirst(): Promise<void>;
  /** Undefined until it has struck. */
  struckAtMs(): number | undefined;
  /** The batch it struck, and whom; undefined until then. 0: a request's, or upkeep. */
  struck(): { readonly seq: number; readonly hand: Hand } | undefined;
  /** Done when every process and network works again; rejects when they could not be brought back. */
  over(): Promise<void>;
  /** Done when no request is held back any more. */
  delivered(): Promise<void>;
}

export interface ArmInput {
  readonly item: ChaosCase;
  readonly crew: Crew;
  readonly deal: DealBlow | undefined;
  readonly lake: Lake;
  readonly pipeline: string;
  readonly note: (text: string) => void;
}

/** Prepares the fault of a case: it strikes once, at the first worker that reaches its point in its batch or later. */
export function arm(input: ArmInput): Fault {
  const { item, crew, note } = input;
  let struckAtMs: number | undefined;
  let struck: { readonly seq: number; readonly hand: Hand } | undefined;
  let delivered = Promise.resolve();
  let finish: (end: Promise<void>) => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  over.catch(() => undefined); // it may fail long before anybody waits for it
  const blow: Hit = async (hand, seq) => {
    if (item.kind === 'request') finish(Promise.resolve());
    else {
      try {
        if (item.kind === 'process') finish((await strike({ ...input, crew: hiring, item, hand })).restored);
        else {
          await changeCatalog(item.change, { lake: input.lake, pipeline: input.pipeline, seq });
          finish(Promise.resolve());
        }
      } catch (error) {
        finish(Promise.reject(error as Error));
      }
    }
    struck = { seq, hand };
    struckAtMs = Date.now();
  };
  // Deletes wait for the merge that is held back, whoever sends them.
  const dispatch = <T extends HandInput>(hand: T): T =>
    item.branchStands ? { ...hand, treat: holdDeletes(hand.treat, () => delivered) } : hand;
  const hiring: Pick<Crew, 'hire' | 'kill'> = { kill: crew.kill, hire: (hand = {}) => crew.hire(dispatch(hand)) };
  // The one that takes over meets the fault: the first worker dies at the same point before it.
  const first: Hit = async (hand, seq) => {
    if (item.kind !== 'process' || item.victim !== 'second worker') return blow(hand, seq);
    crew.kill(hand);
    note('the first worker was killed at this point');
    await hiring.hire(armed({ item, batch: 1, blow, hold, note }));
  };
  const hold = (settled: Promise<void>): void => {
    delivered = settled;
  };
  return {
    hireFirst: async () => {
      await hiring.hire(armed({ item, batch: item.batch, blow: first, hold, note }));
    },
    struckAtMs: () => struckAtMs,
    struck: () => struck,
    over: () => over,
    delivered: () => delivered,
  };
}

/** `seq` is 0 where the request that was struck does not name its batch. */
type Hit = (hand: Hand, seq: number) => Promise<void>;

interface Armed {
  readonly item: ChaosCase;
  readonly batch: number;
  readonly blow: Hit;
  readonly hold: (settled: Promise<void>) => void;
  readonly note: (text: string) => void;
}

/** What a worker needs to run into the fault once. */
function armed({ item, batch, blow, hold, note }: Armed): HandInput {
  let fired = false;
  if (item.kind === 'catalog' || (item.kind === 'process' && isWorkerPoint(item.point))) {
    return {
      point: item.point as WorkerPoint,
      onPoint: async (hand, { seq }) => {
        if (fired || seq < batch) return;
        fired = true;
        await blow(hand, seq);
      },
    };
  }
  const kind: RequestKind = item.kind === 'request' ? item.request : 'merge';
  const fault = item.kind === 'request' ? item.fault : item.point === 'merge held back' ? 'held back' : 'answer lost';
  const upkeep = item.kind === 'process' ? upkeepOf(item.point) : undefined;
  let seen = 0;
  return {
    treat: (hand, request) => {
      if (request.kind !== kind) return undefined;
      if (kind === 'merge' && !request.mergedBranch.startsWith(`${upkeep ?? 'batch'}.`)) return undefined;
      seen += 1;
      if (fired || seen < batch) return undefined;
      fired = true;
      const seq = request.kind === 'merge' ? Number(parseBatchBranch(request.mergedBranch)?.seq ?? 0) : 0;
      let settle: () => void = () => undefined;
      hold(
        new Promise((resolve) => {
          settle = resolve;
        }),
      );
      return treatmentOf(request, {
        fault,
        holdMs: item.holdMs,
        strike: () => blow(hand, seq).catch((error: unknown) => note(describeError(error))),
        settled: (text) => {
          note(text);
          settle();
        },
      });
    },
  };
}

function holdDeletes(treat: HandInput['treat'], delivered: () => Promise<void>): HandInput['treat'] {
  return (hand, request) =>
    request.kind === 'delete branch' ? { kind: 'wait', until: delivered() } : treat?.(hand, request);
}
