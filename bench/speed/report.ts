import type { Job } from '../contenders/contender';
import type { Difference } from './compare';
import type { Goal } from './goals';
import type { MinMedian, Summary } from './figures';
import { markdownTable } from './markdown';

const JOB_TITLES: Readonly<Record<Job, string>> = {
  J1: 'J1, raw table',
  J2: 'J2, windows only',
  J3: 'J3, raw table and windows',
};

const MIB = 1024 ** 2;

/** The figures, one row per job and contender: median, and the best round in parentheses where there are several. Pure. */
export function figuresTable(
  summaries: readonly Summary[],
  notExpressible: readonly { readonly job: Job; readonly contender: string }[],
): string {
  const rows = summaries.map((s) => ({ job: s.job, cells: cellsOf(s) }));
  const missing = notExpressible.map(({ job, contender }) => ({
    job,
    cells: [JOB_TITLES[job], contender, 'not expressible'],
  }));
  const all = [...rows, ...missing].sort((a, b) => a.job.localeCompare(b.job));
  return markdownTable(
    [
      'job',
      'contender',
      'events/s',
      'CPU µs per event',
      'peak RSS, MiB',
      'first row, s',
      'files',
      'snapshots',
      'MB',
      'servers, µs per event',
    ],
    all.map(({ cells }) => cells),
  );
}

function cellsOf(s: Summary): readonly string[] {
  const one = s.rounds === 1;
  const both = ({ min, median }: MinMedian, digits: number, scale = 1): string =>
    one ? (median / scale).toFixed(digits) : `${(median / scale).toFixed(digits)} (${(min / scale).toFixed(digits)})`;
  const { best, median } = s.eventsPerSecond;
  return [
    JOB_TITLES[s.job],
    s.contender,
    one ? thousands(median) : `${thousands(median)} (${thousands(best)})`,
    both(s.cpuMicrosPerEvent, 2),
    both(s.peakRssBytes, 0, MIB),
    s.firstRowSeconds ? both(s.firstRowSeconds, 1) : '',
    String(s.files),
    String(s.snapshots),
    (s.sizeBytes / 1e6).toFixed(1),
    both(s.serverCpuMicrosPerEvent, 2),
  ];
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Runs that the figures leave out, a line each; nothing when there are none. Pure. */
export function differencesText(differences: readonly Pick<Difference, 'text'>[]): string {
  return differences.map(({ text }) => `Left out, its rows are not those of the lines: ${text}.\n\n`).join('');
}

/** Goals beside what was found. Pure. */
export function goalsTable(goals: readonly Goal[]): string {
  return markdownTable(
    ['figure', 'goal', 'found', ''],
    goals.map(({ name, goal, found, met, missedBy }) => [name, goal, found, met ? 'met' : `missed by ${missedBy}`]),
  );
}
