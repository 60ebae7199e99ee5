import { findPlace } from '../../../../bench/speed/place';
import { joinResults } from '../../../../bench/speed/scale/run';
import { scaleGoals, scaleText, type ScaleFigures } from '../../../../bench/speed/scale/report';

const figures: ScaleFigures = {
  events: 1_000_000,
  variants: [
    {
      workers: 2,
      partitions: 4,
      runs: [{ wallSeconds: 4, cpuSeconds: 3.5, peakRssBytes: 900 * 1024 ** 2, firstRowSeconds: 2 }],
    },
  ],
  growth: {
    events: 1_000_000,
    batchEvents: 50_000,
    history: { snapshots: 2010, files: 6000, rows: 100_000_000, metadataBytes: 4_200_000 },
    fresh: [10, 12, 11],
    grown: [12, 11.5, 13],
    share: 12 / 11 - 1,
  },
  backlog: {
    ok: false,
    events: 20_000_000,
    days: 40,
    wallSeconds: 100,
    eventsPerSecond: 200_000,
    cpuMicrosPerEvent: 4.2,
    peakRssMb: 1100,
  },
};

describe('scale', () => {
  it('judges growth and memory', () => {
    expect(scaleGoals(figures).map(({ name, found, met }) => [name, found, met])).toEqual([
      ['growth of CPU per event from 0 to 100,000,000 rows', '9.1 %', true],
      ['peak RSS at a backlog of 20,000,000 events', '1100 MiB', false],
    ]);
    expect(scaleGoals({ events: 1, variants: [] })).toEqual([]);
  });

  it('says what was measured', () => {
    const text = scaleText(figures);
    expect(text).toContain('250,000');
    expect(text).toContain('3.50');
    expect(text).toContain('growth 9.1 %');
    expect(text).toContain('10.00, 12.00, 11.00');
    expect(text).toContain('peak RSS 1,100 MiB');
  });

  it('puts the parts of several runs together, the last of each', () => {
    const place = findPlace();
    const one = { ...figures, place, goals: [] };
    const later = { events: 5, variants: [], place, growth: { ...figures.growth!, share: 0.5 }, goals: [] };
    expect(joinResults([one, later])).toMatchObject({
      events: 1_000_000,
      variants: figures.variants,
      growth: { share: 0.5 },
      backlog: figures.backlog,
      goals: [{ met: false }, { met: false }],
    });
    expect(() => joinResults([])).toThrow('--from: expected at least one file');
  });
});
