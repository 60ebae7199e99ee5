import type { Job } from '../contenders/contender';
import type { Kind } from './fingerprint';

export interface OutputFigures {
  /** All rows; windows beyond those that are compared included. */
  readonly rows: number;
  readonly files: number;
  readonly sizeBytes: number;
  readonly snapshots: number;
}

/** One run of a contender. */
export interface RunFigures {
  readonly contender: string;
  readonly job: Job;
  readonly round: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly firstRowSeconds?: number;
  /** CPU of the servers that this stack started, by name, while the contender ran. */
  readonly serverCpuSeconds: Readonly<Record<string, number>>;
  /** All other busy CPU of the machine in that time: servers, and whatever else ran. */
  readonly othersCpuSeconds: number;
  readonly output: Readonly<Partial<Record<Kind, OutputFigures>>>;
}

export interface MinMedian {
  readonly min: number;
  readonly median: number;
}

/** A contender and a job over all rounds. */
export interface Summary {
  readonly contender: string;
  readonly job: Job;
  readonly rounds: number;
  /** The best round is the highest here. */
  readonly eventsPerSecond: { readonly best: number; readonly median: number };
  readonly cpuMicrosPerEvent: MinMedian;
  readonly wallSeconds: MinMedian;
  readonly peakRssBytes: MinMedian;
  readonly firstRowSeconds?: MinMedian;
  readonly serverCpuMicrosPerEvent: MinMedian;
  readonly othersCpuSeconds: MinMedian;
  /** Of the last round. */
  readonly files: number;
  readonly snapshots: number;
  readonly sizeBytes: number;
}

/** The runs whose rows are right. Pure. */
export function withoutWrong(
  runs: readonly RunFigures[],
  differences: readonly Pick<RunFigures, 'contender' | 'job' | 'round'>[],
): readonly RunFigures[] {
  return runs.filter(
    (run) =>
      !differences.some(
        ({ contender, job, round }) => contender === run.contender && job === run.job && round === run.round,
      ),
  );
}

/** One summary per contender and job, in the order of the runs. Pure. */
export function summarize(runs: readonly RunFigures[], events: number): readonly Summary[] {
  const keys = [...new Set(runs.map(({ contender, job }) => `${job} ${contender}`))].sort();
  return keys.map((key) =>
    summaryOf(
      runs.filter(({ contender, job }) => `${job} ${contender}` === key),
      events,
    ),
  );
}

function summaryOf(runs: readonly RunFigures[], events: number): Summary {
  const { contender, job, output } = runs.at(-1)!;
  const micros = (seconds: number): number => (seconds * 1e6) / events;
  const wallSeconds = minMedian(runs.map((run) => run.wallSeconds));
  const firsts = runs.flatMap(({ firstRowSeconds }) => firstRowSeconds ?? []);
  const outputs = Object.values(output);
  return {
    contender,
    job,
    rounds: runs.length,
    eventsPerSecond: { best: events / wallSeconds.min, median: events / wallSeconds.median },
    cpuMicrosPerEvent: minMedian(runs.map(({ cpuSeconds }) => micros(cpuSeconds))),
    wallSeconds,
    peakRssBytes: minMedian(runs.map(({ peakRssBytes }) => peakRssBytes)),
    ...(firsts.length === 0 ? {} : { firstRowSeconds: minMedian(firsts) }),
    serverCpuMicrosPerEvent: minMedian(
      runs.map(({ serverCpuSeconds }) => micros(Object.values(serverCpuSeconds).reduce((sum, next) => sum + next, 0))),
    ),
    othersCpuSeconds: minMedian(runs.map(({ othersCpuSeconds }) => othersCpuSeconds)),
    files: outputs.reduce((sum, { files }) => sum + files, 0),
    snapshots: outputs.reduce((sum, { snapshots }) => sum + snapshots, 0),
    sizeBytes: outputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Of an even number of values the median is the mean of the middle two. Pure. */
export function minMedian(values: readonly number[]): MinMedian {
  if (values.length === 0) throw new Error('expected at least one value to take a median of, found none');
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)]!, sorted[Math.floor(sorted.length / 2)]!];
  return { min: sorted[0]!, median: (low + high) / 2 };
}
