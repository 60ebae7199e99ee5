import { judgeEqual, type Compared } from '../../../bench/flink/equal-rows';

const raw: Compared = { kind: 'raw', equal: true, rows: [10, 10], left: [0, 0], sample: [] };
const windows: Compared = { kind: 'windows', equal: true, rows: [7, 7], left: [3, 0], sample: [] };

describe('judgeEqual', () => {
  it('says how many rows were compared and how many were left', () => {
    expect(judgeEqual([raw, windows], ['flink-tuned', 'sluice'])).toEqual({
      ok: true,
      text: 'equal: flink-tuned and sluice: raw 10 and 10 rows, closed windows 7 and 7 rows (still open at the end and not compared: 3 and 0)',
    });
  });

  it('names what differs', () => {
    const { ok, text } = judgeEqual([raw, { ...windows, equal: false, rows: [7, 6] }], ['flink-tuned', 'sluice']);
    expect([ok, text.startsWith('DIFFERENT windows: ')]).toEqual([false, true]);
  });

  it('takes two empty tables for no proof', () => {
    const { ok, text } = judgeEqual([raw, { ...windows, rows: [0, 0] }], ['flink-tuned', 'sluice']);
    expect([ok, text.startsWith('NOTHING COMPARED in windows')]).toEqual([false, true]);
  });
});
