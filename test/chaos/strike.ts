import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessCase } from './case';
import type { DealBlow } from './blow';
import type { Crew, Hand } from './crew';

/** A worker that stood still has gone on with its old work when this has passed. */
const ZOMBIE_MS = 2_000;

export interface StrikeInput {
  readonly item: Pick<ProcessCase, 'victim' | 'fault' | 'awayMs'>;
  readonly hand: Hand;
  readonly crew: Pick<Crew, 'hire' | 'kill'>;
  /** For the cases that kill or stop servers. */
  readonly deal: DealBlow | undefined;
}

/** Strikes: done when the blow has hit. Its result is done when everything works again. */
export async function strike(input: StrikeInput): Promise<{ readonly restored: Promise<void> }> {
  return typeof input.item.victim === 'string' ? strikeWorker(input) : strikeServers(input, input.item.victim);
}

async function strikeWorker({ item, hand, crew }: StrikeInput): Promise<{ readonly restored: Promise<void> }> {
  const { worker, wires } = hand;
  switch (item.fault) {
    case 'SIGKILL':
      crew.kill(hand);
      return { restored: crew.hire().then(() => undefined) };
    case 'SIGSTOP':
      worker.pause();
      return { restored: after(item.awayMs, crew.hire(), () => worker.resume()) };
    case 'network cut':
    case 'network silent':
      wires.set('all', item.fault === 'network cut' ? 'cut' : 'silent');
      return { restored: after(item.awayMs, crew.hire(), () => wires.set('all', 'open')) };
  }
}

async function after(ms: number, other: Promise<unknown>, then: () => void): Promise<void> {
  await Promise.all([sleep(ms), other]);
  then();
  await sleep(ZOMBIE_MS);
}

async function strikeServers(
  { item, hand, deal }: StrikeInput,
  servers: Exclude<ProcessCase['victim'], string>,
): Promise<{ readonly restored: Promise<void> }> {
  const { fault, awayMs } = item;
  const set = (state: 'cut' | 'silent' | 'open'): void => {
    for (const server of servers) hand.wires.set(server, state);
  };
  switch (fault) {
    case 'SIGKILL':
    case 'SIGSTOP':
      if (!deal) throw new Error('this case kills or stops servers: it needs a stack of its own');
      return deal({ servers, fault, awayMs });
    case 'network cut':
    case 'network silent':
      set(fault === 'network cut' ? 'cut' : 'silent');
      return { restored: sleep(awayMs).then(() => set('open')) };
  }
}
