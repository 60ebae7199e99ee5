import { setTimeout as sleep } from 'node:timers/promises';
import type { Lakehouse } from '../real/support/lakehouse';
import { until } from '../real/support/until';
import { arm } from './arm';
import type { Fault } from './arm';
import type { ChaosCase } from './case';
import { takeover } from './checks/takeover';
import type { Crew } from './crew';
import { chaosEvents, chaosMessage, lateEvents } from './events';
import type { ChaosEvent } from './events';
import type { ChaosPlace } from './run-case';
import { DECISION_LIMIT_MS, FIRE_LIMIT_MS, publishedAtLeast, within } from './waiting';

const EVENTS = 1500;
/** Of these the first part waits in Kafka when the pipeline starts, the next comes once the fault is over, the last at the very end. */
const PARTS = [0.6, 0.85, 1];

export interface Play {
  readonly item: ChaosCase;
  readonly place: ChaosPlace;
  readonly house: Lakehouse;
  readonly crew: Crew;
  readonly notes: string[];
  readonly problems: string[];
}

export interface Times {
  readonly decisionMs: number;
  readonly afterMs: number;
}

/** The events of a case, all of them. */
export function eventsOf(item: ChaosCase, seed: number): readonly ChaosEvent[] {
  return item.shape === 'amending' ? lateEvents(seed, EVENTS) : chaosEvents(seed, EVENTS);
}

export function partsOf(events: readonly ChaosEvent[]): readonly (readonly ChaosEvent[])[] {
  const at = (share: number): number => Math.round(share * events.length);
  return PARTS.map((end, index) => events.slice(at(PARTS[index - 1] ?? 0), at(end)));
}

export function produceTo(house: Lakehouse): (part: readonly ChaosEvent[]) => Promise<void> {
  return (part) => house.produce(part.map(chaosMessage));
}

export function armCase({ item, place, house, crew, notes }: Play): Fault {
  const { lake, pipeline } = house;
  return arm({ item, crew, deal: place.deal, lake, pipeline: pipeline.name, note: (text) => void notes.push(text) });
}

export async function untilStruck(fault: Fault, signal: AbortSignal | undefined): Promise<void> {
  const struck = (): boolean => {
    signal?.throwIfAborted();
    return fault.struckAtMs() !== undefined;
  };
  await until('the fault to strike', struck, FIRE_LIMIT_MS);
}

/** Produces, lets the fault strike, and waits until everything is published. */
export async function playBatches(play: Play): Promise<Times> {
  const { item, place, house, notes, problems } = play;
  const { signal } = place;
  const [first, second, last] = partsOf(eventsOf(item, place.seed));
  const produce = produceTo(house);
  await produce(first!);
  const fault = armCase(play);
  await fault.hireFirst();
  await house.start();
  await untilStruck(fault, signal);
  let isOver = false;
  const decided = publishedAtLeast({
    house,
    count: first!.length,
    signal,
    mayFail: () => !isOver,
  }).then(() => Date.now());
  decided.catch(() => undefined); // heard of below
  await within(DECISION_LIMIT_MS, 'the fault to be over', fault.over());
  const overAtMs = Date.now();
  isOver = true;
  const decidedAtMs = await decided;
  await produce(second!);
  await within(DECISION_LIMIT_MS, 'requests held back to be delivered', fault.delivered());
  await produce(last!);
  await publishedAtLeast({ house, count: first!.length + second!.length + last!.length, signal });
  await sleep(500);
  const taken = await takeover(play, fault);
  if (taken.note !== undefined) notes.push(taken.note);
  if (taken.problem !== undefined) problems.push(taken.problem);
  if (item.branchStands && !notes.some((note) => /^merge delivered.*(409|nothing new)/.test(note)))
    problems.push('the late merge was not refused by the keys, nor found applied');
  return { decisionMs: decidedAtMs - fault.struckAtMs()!, afterMs: Math.max(0, decidedAtMs - overAtMs) };
}
