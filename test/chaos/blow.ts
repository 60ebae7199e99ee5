import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessCase } from './case';
import type { ServerControl } from './chaos-stack';
import type { Server } from './wires';

/** A fault of servers that all their users feel. */
export interface Blow {
  readonly servers: readonly Server[];
  readonly fault: Extract<ProcessCase['fault'], 'SIGKILL' | 'SIGSTOP'>;
  readonly awayMs: number;
}

/** Done when the blow has hit; its result is done when the servers answer again. */
export type DealBlow = (blow: Blow) => Promise<{ readonly restored: Promise<void> }>;

/** How long a killed server stays away: long enough for calls to find nobody there. */
const DOWN_MS = 1_500;

export function dealBlow(control: ServerControl): DealBlow {
  return async ({ servers, fault, awayMs }) => {
    if (fault === 'SIGKILL') {
      await control.kill(servers);
      return { restored: sleep(DOWN_MS).then(() => control.start(servers)) };
    }
    control.pause(servers);
    return { restored: sleep(awayMs).then(() => control.resume(servers)) };
  };
}

/** How long the first at its point waits for the others: within the time that Temporal gives an activity (2 minutes). */
const PATIENCE_MS = 50_000;

/**
 * One blow for several cases that want the same one: it falls when all stand at their points. Those that come too late are dealt another.
 * A case waits as long as its worker waits at its point, so that each is struck where its name says.
 */
export function dealTogether(deal: DealBlow, cases: number, patienceMs: number = PATIENCE_MS): DealBlow {
  let left = cases;
  let waiting: (() => void)[] = [];
  let round: ReturnType<DealBlow> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return (blow) => {
    left -= 1;
    const gathered = new Promise<void>((resolve) => waiting.push(resolve));
    if (left === 0) for (const go of waiting) go();
    round ??= Promise.race([gathered, sleep(patienceMs, undefined, { ref: false })]).then(async () => {
      waiting = [];
      round = undefined;
      await last; // the servers of the blow before must be back
      const dealt = await deal(blow);
      last = dealt.restored.catch(() => undefined); // whoever asked for it hears of it
      return dealt;
    });
    return round;
  };
}
