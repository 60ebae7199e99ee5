import { row, windowed } from './rows';
import { sessionsOf, sessionTable } from './sessions';

const shape = { kind: 'session' as const, gapMs: 10, by: ['k'], maxMs: 1000 };
const spans = (times: readonly number[], maxMs = 1000) =>
  sessionsOf(
    times.map((timeUs, offset) => row(offset, timeUs)),
    { ...shape, maxMs },
  ).map(({ span }) => [Number(span.startUs), Number(span.endUs)]);

test('a row at most a gap behind belongs to the session: touching merges, one microsecond more does not', () => {
  expect(spans([0, 10_000])).toEqual([[0, 20_000]]);
  expect(spans([10_000, 0])).toEqual([[0, 20_000]]);
  expect(spans([0, 10_001])).toEqual([
    [0, 10_000],
    [10_001, 20_001],
  ]);
});

test('no session reaches over a multiple of max, before 1970 neither', () => {
  expect(spans([19_000, 20_000], 20)).toEqual([
    [19_000, 20_000],
    [20_000, 30_000],
  ]);
  expect(spans([-1, 0], 20)).toEqual([
    [-1, 0],
    [0, 10_000],
  ]);
});

test('NULL is a key, and not the text of any other', () => {
  const rows = [row(0, 0, { k: 'a' }), row(1, 1, { k: null }), row(2, 2, { k: 'null' }), row(3, 3, { k: 'a' })];
  expect(sessionsOf(rows, shape).map((session) => session.rows.map(({ offset }) => Number(offset)))).toEqual([
    [0, 3],
    [1],
    [2],
  ]);
});

test('a row that joins a published session to an open one takes it back', () => {
  const table = sessionTable(windowed(shape));
  expect(table.apply([row(0, 0)], undefined, 12n).rows).toEqual([[0n, 10_000n, '0']]);
  expect(table.apply([row(1, 10_000)], 12n, 12n)).toEqual({ rows: [], late: [] });
  expect(table.apply([], 12n, 19n).rows).toEqual([[0n, 20_000n, '0 1']]);
});

test('a row of a session that is closed is late, with the merged bounds; within the lateness it is not', () => {
  const late = [{ span: { startUs: 0n, endUs: 15_000n }, delayMs: 9n, watermarkMs: 14n }];
  const strict = sessionTable(windowed(shape));
  strict.apply([row(0, 0)], undefined, 14n);
  expect(strict.apply([row(1, 5_000)], 14n, 14n)).toMatchObject({ rows: [[0n, 10_000n, '0']], late });
  const patient = sessionTable(windowed(shape, 1));
  patient.apply([row(0, 0)], undefined, 14n);
  expect(patient.apply([row(1, 5_000)], 14n, 14n)).toEqual({ rows: [[0n, 15_000n, '0 1']], late: [] });
});
