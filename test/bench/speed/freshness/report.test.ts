import type { FreshnessFigures } from '../../../../bench/speed/freshness/measure';
import { freshnessGoals, freshnessTable } from '../../../../bench/speed/freshness/report';

const figures = (perSecond: number, everySeconds: number, p99: number): FreshnessFigures => ({
  perSecond,
  everySeconds,
  seconds: 60,
  seed: 1,
  ageSeconds: { p50: 1, p99 },
  samples: 1000,
  planToMergeMs: { p50: 300, p99: 1100 },
  batches: 60,
  workerCpuPercent: 20,
  peakRssBytes: 300 * 1024 ** 2,
  behindMs: 0,
});

describe('freshnessGoals', () => {
  it('judges 10,000 events/s cut every second, and tiny batches', () => {
    const goals = freshnessGoals([
      figures(10, 1, 9),
      figures(1000, 1, 9),
      figures(10_000, 1, 2),
      figures(10_000, 5, 9),
    ]);
    expect(goals.map(({ found, met }) => [found, met])).toEqual([
      ['2.00 s', true],
      ['300 ms', true],
      ['1100 ms', false],
    ]);
    expect(freshnessGoals([figures(50_000, 1, 9)])).toEqual([]);
  });
});

describe('freshnessTable', () => {
  it('has a row for each', () => {
    expect(freshnessTable([figures(10_000, 5, 2.345)])).toContain('10,000');
  });
});
