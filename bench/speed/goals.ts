import type { Summary } from './figures';
import type { Job } from '../contenders/contender';

/** A goal of the project beside what was measured. */
export interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly found: string;
  readonly met: boolean;
  /** By what it was missed; empty when it was met. */
  readonly missedBy: string;
}

export interface GoalInput {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly sense: 'at most' | 'at least' | 'below';
  /** Behind the number: ` µs`, `x`, ` %`. */
  readonly unit: string;
  readonly digits?: number;
}

/** Holds a figure against its goal. Pure. */
export function judgeGoal({ name, value, limit, sense, unit, digits = 2 }: GoalInput): Goal {
  const met = sense === 'at most' ? value <= limit : sense === 'at least' ? value >= limit : value < limit;
  const text = (number: number): string => `${number.toFixed(digits)}${unit}`;
  return {
    name,
    goal: `${sense} ${limit}${unit}`,
    found: text(value),
    met,
    missedBy: met ? '' : text(Math.abs(value - limit)),
  };
}

/** The goals that these contenders and jobs can tell of, by the medians of the rounds. Pure. */
export function mainGoals(summaries: readonly Summary[]): readonly Goal[] {
  const of = (contender: string, job: Job): Summary | undefined =>
    summaries.find((summary) => summary.contender === contender && summary.job === job);
  const [j1, j3] = [of('sluice', 'J1'), of('sluice', 'J3')];
  const goals: (Goal | undefined)[] = [
    j3 &&
      judgeGoal({
        name: 'J3 CPU per event',
        value: j3.cpuMicrosPerEvent.median,
        limit: 3.5,
        sense: 'at most',
        unit: ' µs',
      }),
    ...(j3 ? cpuRatios(j3, (name) => of(name, 'J3')) : []),
    j1 &&
      judgeGoal({
        name: 'J1 CPU per event',
        value: j1.cpuMicrosPerEvent.median,
        limit: 2.8,
        sense: 'at most',
        unit: ' µs',
      }),
    ...(j3 ? wallRatios(j3, (name) => of(name, 'J3')) : []),
    j3 && limitShare(j3, of('limit', 'J3')),
    peakRss([j1, j3].filter((summary) => summary !== undefined)),
  ];
  return goals.filter((goal) => goal !== undefined);
}

type Find = (contender: string) => Summary | undefined;

function cpuRatios(own: Summary, find: Find): readonly (Goal | undefined)[] {
  const ratio = (peer: Summary): number => peer.cpuMicrosPerEvent.median / own.cpuMicrosPerEvent.median;
  const name = (title: string): string => `J3 CPU of ${title} over Sluice's`;
  return [
    atLeastTimes(find('flink-rocksdb'), name('Flink with RocksDB state'), ratio, 10),
    atLeastTimes(find('flink-tuned'), name("Flink's tuned heap state"), ratio, 4.5),
    atLeastTimes(find('python'), name('the Python script'), ratio, 1.7),
  ];
}

function wallRatios(own: Summary, find: Find): readonly (Goal | undefined)[] {
  const ratio = (peer: Summary): number => own.eventsPerSecond.median / peer.eventsPerSecond.median;
  const name = (title: string): string => `J3 events/s over those of ${title}`;
  return [
    atLeastTimes(find('flink-tuned'), name("Flink's tuned heap state"), ratio, 4),
    atLeastTimes(find('python'), name('the Python script'), ratio, 2),
  ];
}

/** A goal over a peer; none where the peer did not run. */
function atLeastTimes(
  peer: Summary | undefined,
  name: string,
  ratio: (peer: Summary) => number,
  limit: number,
): Goal | undefined {
  return peer && judgeGoal({ name, value: ratio(peer), limit, sense: 'at least', unit: 'x' });
}

function limitShare(own: Summary, limit: Summary | undefined): Goal | undefined {
  return (
    limit &&
    judgeGoal({
      name: 'J3 share of the limit, CPU',
      value: (100 * limit.cpuMicrosPerEvent.median) / own.cpuMicrosPerEvent.median,
      limit: 75,
      sense: 'at least',
      unit: ' %',
      digits: 0,
    })
  );
}

function peakRss(own: readonly Summary[]): Goal | undefined {
  if (own.length === 0) return undefined;
  const value = Math.max(...own.map(({ peakRssBytes }) => peakRssBytes.median)) / 1024 ** 2;
  return judgeGoal({ name: 'peak RSS of the worker', value, limit: 1024, sense: 'below', unit: ' MiB', digits: 0 });
}

export interface GoalVerdict {
  readonly ok: boolean;
  /** The last line of a report. */
  readonly text: string;
}

/** Whether every goal that was measured is met. Pure. */
export function judgeGoals(goals: readonly Goal[], what: string): GoalVerdict {
  const missed = goals.filter(({ met }) => !met);
  if (goals.length === 0) return { ok: true, text: `ok: ${what}; no goal was measured` };
  if (missed.length === 0)
    return { ok: true, text: `ok: ${what}; all ${goals.length} goals that were measured are met` };
  const names = missed.map(({ name, found, goal }) => `${name} ${found} (${goal})`).join('; ');
  return { ok: false, text: `SHORT: ${what}; ${missed.length} of ${goals.length} goals missed: ${names}` };
}
