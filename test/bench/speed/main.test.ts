import { summarize, withoutWrong, type RunFigures } from '../../../bench/speed/figures';
import { judgeMain } from '../../../bench/speed/main';
import { differencesText } from '../../../bench/speed/report';

const run = (contender: string, round: number, cpuSeconds: number): RunFigures => ({
  contender,
  job: 'J3',
  round,
  wallSeconds: 10,
  cpuSeconds,
  peakRssBytes: 1,
  serverCpuSeconds: {},
  othersCpuSeconds: 0,
  output: {},
});
const runs = [run('sluice', 1, 3), run('flink-rocksdb', 1, 30), run('sluice', 2, 4), run('flink-rocksdb', 2, 20)];
const text = 'flink-rocksdb, J3, round 2, raw: expected 5 rows with sum 9, found 4 with sum 8';
const differences = [
  { contender: 'flink-rocksdb', job: 'J3', round: 2, kind: 'raw', text, sample: ['missing (1)'] } as const,
];

describe('a run that wrote other rows than the lines must give', () => {
  it('has no figures, the other rounds keep theirs', () => {
    const [flink, sluice] = summarize(withoutWrong(runs, differences), 1_000_000);
    expect(flink).toMatchObject({ contender: 'flink-rocksdb', rounds: 1, cpuMicrosPerEvent: { min: 30, median: 30 } });
    expect(sluice).toMatchObject({ contender: 'sluice', rounds: 2 });
  });

  it('is told on the page and in the verdict, which fails', () => {
    expect(differencesText(differences)).toBe(`Left out, its rows are not those of the lines: ${text}.\n\n`);
    expect(differencesText([])).toBe('');
    const { ok, text: verdict } = judgeMain({ runs, differences, goals: [] });
    expect([ok, verdict.startsWith(`DIFFERENT: ${text}; `)]).toEqual([false, true]);
    expect(verdict).toContain('3 of 4 runs with equal results');
  });

  it('is not there when all rows are right', () =>
    expect(judgeMain({ runs, differences: [], goals: [] })).toMatchObject({ ok: true }));
});
