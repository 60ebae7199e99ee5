import { openOracle } from './oracle';
import { row, unreadable, windowed } from './rows';

test('batch by batch: rejects count for nothing, idle partitions do not hold, late rows stay in the raw rows', () => {
  const oracle = openOracle({
    watermarkMs: 0,
    maxFutureMs: 100,
    windows: [windowed({ kind: 'tumble', sizeMs: 10 })],
  });
  const tooEarly = { ...row(1, 100_001), timestampMs: 0n };
  const first = oracle.apply({
    partitions: [0, 1],
    idle: [],
    records: [row(0, 100_000), tooEarly, unreadable(2)],
  });
  expect(first).toMatchObject({ watermarkMs: undefined, rejected: [{ offset: 1n }, { offset: 2n }] });
  expect(first.raw).toHaveLength(1);
  const second = oracle.apply({ partitions: [0, 1], idle: [1], records: [row(3, 5_000)] });
  expect(second.watermarkMs).toBe(99n);
  expect(second.tables.get('db.w')).toEqual({ rows: [[0n, 10_000n, '3']], late: [] });
  const third = oracle.apply({ partitions: [0, 1], idle: [1], records: [row(4, 6_000)] });
  expect(third.tables.get('db.w')!.late).toMatchObject([{ row: { offset: 4n }, watermarkMs: 99n, delayMs: 93n }]);
  expect(third.raw.map(({ offset }) => offset)).toEqual([0n, 3n, 4n]);
});

test('an event time exactly max_future ahead is accepted', () => {
  const oracle = openOracle({ watermarkMs: 0, maxFutureMs: 100, windows: [] });
  const record = { ...row(0, 100_000), timestampMs: 0n };
  expect(oracle.apply({ partitions: [0], idle: [], records: [record] })).toMatchObject({ rejected: [] });
});
