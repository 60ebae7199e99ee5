import type { QueryFigures } from '../../../bench/nexmark/figures';
import { judgeNexmark, nexmarkTable, runLine } from '../../../bench/nexmark/report';

const run = (query: 'q5' | 'q7', by: QueryFigures['by'], cpuMicrosPerEvent: number): QueryFigures => ({
  query,
  title: 'hot items',
  by,
  events: 1000,
  wallSeconds: 1,
  eventsPerSecond: 1000,
  cpuMicrosPerEvent,
  peakRssMb: 500,
  comparison: { table: 't', published: 9, expected: 9, missing: 0, extra: 0, late: 0, equal: true, sample: [] },
});
const figures = [
  run('q5', 'sluice', 5),
  run('q5', 'flink-tuned', 20),
  run('q7', 'sluice', 4),
  run('q7', 'flink-tuned', 4),
];

describe('the report of nexmark', () => {
  it('ends with how many times the CPU of Sluice another system takes', () => {
    expect(judgeNexmark(figures, 2000)).toEqual({
      ok: true,
      text: 'ok: 4 of 4 tables equal SQL over 2000 generated events; flink-tuned takes 1.0 to 4.0 times the CPU of Sluice, 2.0 times in the geometric mean\n',
    });
    expect(judgeNexmark(figures.slice(0, 1), 2000).text).toBe(
      'ok: 1 of 1 tables equal SQL over 2000 generated events\n',
    );
  });

  it('fails for a table that differs, and for an empty one', () => {
    const differs = {
      ...figures[1]!,
      comparison: { ...figures[1]!.comparison, equal: false, missing: 1, sample: ['missing {}'] },
    };
    const empty = { ...figures[2]!, comparison: { ...figures[2]!.comparison, published: 0, expected: 0 } };
    expect(judgeNexmark([figures[0]!, differs, empty], 2000)).toEqual({
      ok: false,
      text: 'FAILED: 2 of 3 tables differ from SQL over 2000 generated events, or are empty: q5 by flink-tuned, q7\n',
    });
    expect(runLine(differs)).toContain('expected 9 rows, 1 missing, 0 extra, late 0\n  missing {}');
    expect(runLine(empty)).toContain('no window has closed');
  });

  it('has a row per run, with the ratio where another system ran', () => {
    const rows = nexmarkTable(figures).trim().split('\n');
    expect(rows).toHaveLength(6);
    expect(rows[3]).toMatch(/q5, hot items \| flink-tuned .* 50,000 \| +4\.00x/);
    expect(rows[2]).toMatch(/q5, hot items \| sluice .* 200,000 \| +\|/);
  });
});
