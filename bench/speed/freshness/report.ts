import { judgeGoal, type Goal } from '../goals';
import { markdownTable } from '../markdown';
import type { FreshnessFigures } from './measure';

/** A batch of so few events costs what a batch costs. */
export const TINY_PER_SECOND = 10;

/** The goals that these figures can tell of. Pure. */
export function freshnessGoals(figures: readonly FreshnessFigures[]): readonly Goal[] {
  const at = (rate: number): FreshnessFigures | undefined =>
    figures.find(({ perSecond, everySeconds }) => perSecond === rate && everySeconds === 1);
  const [usual, tiny] = [at(10_000), at(TINY_PER_SECOND)];
  const ms = { sense: 'below', unit: ' ms', digits: 0 } as const;
  return [
    ...(usual
      ? [
          judgeGoal({
            name: 'age of the newest row, p99, 10,000 events/s, every 1s',
            value: usual.ageSeconds.p99,
            limit: 3,
            sense: 'below',
            unit: ' s',
          }),
        ]
      : []),
    ...(tiny
      ? [
          judgeGoal({ name: 'tiny batch, plan to merge, p50', value: tiny.planToMergeMs.p50, limit: 400, ...ms }),
          judgeGoal({ name: 'tiny batch, plan to merge, p99', value: tiny.planToMergeMs.p99, limit: 1000, ...ms }),
        ]
      : []),
  ];
}

/** One row per rate and cut. Pure. */
export function freshnessTable(figures: readonly FreshnessFigures[]): string {
  return markdownTable(
    [
      'events/s',
      'every',
      'age p50, s',
      'age p99, s',
      'plan to merge p50, ms',
      'p99, ms',
      'batches',
      'worker CPU, % of a core',
      'peak RSS, MiB',
      'producer late by, s',
    ],
    figures.map((f) => [
      f.perSecond.toLocaleString('en-US'),
      `${f.everySeconds}s`,
      f.ageSeconds.p50.toFixed(2),
      f.ageSeconds.p99.toFixed(2),
      f.planToMergeMs.p50.toFixed(0),
      f.planToMergeMs.p99.toFixed(0),
      String(f.batches),
      f.workerCpuPercent.toFixed(0),
      (f.peakRssBytes / 1024 ** 2).toFixed(0),
      (f.behindMs / 1000).toFixed(1),
    ]),
  );
}
