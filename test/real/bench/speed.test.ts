import { measureMain } from '../../../bench/speed/main';

jest.setTimeout(240_000);

const EVENTS = 20_000;

describe('the benchmark', () => {
  it('runs its contenders on the same events, compares all rows and tells every figure', async () => {
    const said: string[] = [];
    const results = await measureMain({
      events: EVENTS,
      rounds: 1,
      seed: 3,
      stepUs: 15_000, // five minutes of event time: four windows close
      jobs: ['J1', 'J2', 'J3'],
      contenders: ['limit', 'sluice'],
      limitSeconds: 240,
      say: (text) => said.push(text),
    });
    // Different rows would have thrown.
    expect(results.data.rows.raw).toBe(EVENTS);
    expect(results.data.rows.windows).toBeGreaterThan(0);
    expect(results.runs.map(({ contender, job }) => `${job} ${contender}`)).toEqual([
      'J1 limit',
      'J1 sluice',
      'J2 limit',
      'J3 limit',
      'J3 sluice',
    ]);
    for (const run of results.runs) {
      expect(run).toMatchObject({ round: 1 });
      for (const figure of [run.wallSeconds, run.cpuSeconds, run.peakRssBytes]) expect(figure).toBeGreaterThan(0);
      for (const { rows, files, sizeBytes } of Object.values(run.output)) {
        expect(Math.min(rows, files, sizeBytes)).toBeGreaterThan(0);
      }
    }
    expect(results.notExpressible).toEqual([{ job: 'J2', contender: 'sluice' }]);
    expect(results.summaries).toHaveLength(5);
    expect(results.goals.map(({ name }) => name)).toContain('J3 share of the limit, CPU');
    expect(results.place.machine.cores).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    expect(said).toContain('round 1 of 1, J3, sluice');
  });
});
