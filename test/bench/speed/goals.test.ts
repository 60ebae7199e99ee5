import { summarize, type RunFigures } from '../../../bench/speed/figures';
import { judgeGoal, judgeGoals, mainGoals } from '../../../bench/speed/goals';
import type { Job } from '../../../bench/contenders/contender';

const EVENTS = 1_000_000;

function run(contender: string, job: Job, cpuSeconds: number, wallSeconds = 10): RunFigures {
  const output = { rows: EVENTS, files: 4, sizeBytes: 1000, snapshots: 2 };
  return {
    contender,
    job,
    round: 1,
    wallSeconds,
    cpuSeconds,
    peakRssBytes: 500 * 1024 ** 2,
    serverCpuSeconds: { kafka: 1, s3: 2 },
    othersCpuSeconds: 4,
    output: { raw: output },
  };
}

describe('summarize', () => {
  it('gives minimum and median over the rounds of each contender and job', () => {
    const [summary, ...others] = summarize(
      [run('sluice', 'J3', 5, 12), run('sluice', 'J3', 3, 10), run('sluice', 'J3', 4, 20)],
      EVENTS,
    );
    expect(others).toEqual([]);
    expect(summary).toMatchObject({
      rounds: 3,
      cpuMicrosPerEvent: { min: 3, median: 4 },
      wallSeconds: { min: 10, median: 12 },
      eventsPerSecond: { best: 100_000, median: EVENTS / 12 },
      serverCpuMicrosPerEvent: { min: 3, median: 3 },
      files: 4,
      snapshots: 2,
    });
  });
});

describe('mainGoals', () => {
  it('judges what was measured and nothing else', () => {
    const goals = mainGoals(summarize([run('sluice', 'J3', 3.4), run('limit', 'J3', 2)], EVENTS));
    expect(goals.map(({ name, met }) => [name, met])).toEqual([
      ['J3 CPU per event', true],
      ['J3 share of the limit, CPU', false],
      ['peak RSS of the worker', true],
    ]);
    expect(goals[1]).toMatchObject({ found: '59 %', missedBy: '16 %' });
  });

  it('compares with each peer that is there', () => {
    const runs = [run('sluice', 'J3', 3, 4), run('python', 'J3', 6, 7), run('flink-tuned', 'J3', 17, 50)];
    const goals = mainGoals(summarize(runs, EVENTS));
    expect(goals.filter(({ name }) => name.includes('over')).map(({ found, met }) => [found, met])).toEqual([
      ['5.67x', true],
      ['2.00x', true],
      ['12.50x', true],
      ['1.75x', false],
    ]);
  });
});

describe('judgeGoals', () => {
  const goal = (value: number) => judgeGoal({ name: 'cost', value, limit: 3.5, sense: 'at most', unit: ' µs' });

  it('is ok when all are met, at the limit too', () => {
    expect(judgeGoals([goal(3.5)], '1 run')).toEqual({
      ok: true,
      text: 'ok: 1 run; all 1 goals that were measured are met',
    });
  });

  it('names those that are missed', () => {
    expect(judgeGoals([goal(3), goal(4)], '2 runs')).toEqual({
      ok: false,
      text: 'SHORT: 2 runs; 1 of 2 goals missed: cost 4.00 µs (at most 3.5 µs)',
    });
  });
});
