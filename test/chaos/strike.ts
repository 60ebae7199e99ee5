import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessCase } from './case';
import type { ServerControl } from './chaos-stack';
import type { Crew, Hand } from './crew';

/** How long a killed server stays away: long enough for calls to find nobody there. */
const DOWN_MS = 1_500;
/** A worker that stood still has gone on with its old work when this has passed. */
const ZOMBIE_MS = 2_000;

export interface StrikeInput {
  readonly item: Pick<ProcessCase, 'victim' | 'fault' | 'awayMs'>;
  readonly hand: Hand;
  readonly crew: Crew;
  /** For the cases that kill or stop servers. */
  readonly control: ServerControl | undefined;
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
  { item, hand, control }: StrikeInput,
  servers: Exclude<ProcessCase['victim'], string>,
): Promise<{ readonly restored: Promise<void> }> {
  const set = (state: 'cut' | 'silent' | 'open'): void => {
    for (const server of servers) hand.wires.set(server, state);
  };
  switch (item.fault) {
    case 'SIGKILL':
      await needed(control).kill(servers);
      return { restored: sleep(DOWN_MS).then(() => needed(control).start(servers)) };
    case 'SIGSTOP':
      needed(control).pause(servers);
      return { restored: sleep(item.awayMs).then(() => needed(control).resume(servers)) };
    case 'network cut':
    case 'network silent':
      set(item.fault === 'network cut' ? 'cut' : 'silent');
      return { restored: sleep(item.awayMs).then(() => set('open')) };
  }
}

function needed(control: ServerControl | undefined): ServerControl {
  if (!control) throw new Error('this case kills or stops servers: it needs a stack of its own');
  return control;
}
