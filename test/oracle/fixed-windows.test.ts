import { fixedWindowTable, windowsOf } from './fixed-windows';
import { row, windowed } from './rows';

const starts = (timeUs: bigint, sizeMs: number, slideMs: number) =>
  windowsOf(timeUs, sizeMs, slideMs).map(({ startUs }) => startUs);

test('a time is in every window that began within the size before it; multiples go down before 1970', () => {
  expect(starts(25_000n, 10, 10)).toEqual([20_000n]);
  expect(starts(20_000n, 10, 10)).toEqual([20_000n]);
  expect(starts(19_999n, 10, 10)).toEqual([10_000n]);
  expect(starts(-1n, 10, 10)).toEqual([-10_000n]);
  expect(starts(-10_000n, 10, 10)).toEqual([-10_000n]);
  expect(starts(25_000n, 30, 10)).toEqual([20_000n, 10_000n, 0n]);
  expect(starts(30_000n, 30, 10)).toEqual([30_000n, 20_000n, 10_000n]);
  expect(starts(-5_000n, 20, 10)).toEqual([-10_000n, -20_000n]);
});

test('a window is published when the watermark reaches its last millisecond, with the rows of its edges', () => {
  const table = fixedWindowTable(windowed({ kind: 'tumble', sizeMs: 10 }));
  const rows = [row(0, 0), row(1, 9_999), row(2, 10_000)];
  expect(table.apply(rows, undefined, 8n).rows).toEqual([]);
  expect(table.apply([], 8n, 9n).rows).toEqual([[0n, 10_000n, '0 1']]);
  expect(table.apply([], 9n, 19n).rows).toEqual([
    [0n, 10_000n, '0 1'],
    [10_000n, 20_000n, '2'],
  ]);
});

test('a row behind the watermark is listed for the windows that no longer take it, and is in the others', () => {
  const table = fixedWindowTable(windowed({ kind: 'hop', sizeMs: 20, slideMs: 10 }));
  table.apply([row(0, 15_000)], undefined, 19n);
  const { rows, late } = table.apply([row(1, 19_999)], 19n, 29n);
  expect(late).toEqual([{ row: row(1, 19_999), span: { startUs: 0n, endUs: 20_000n }, watermarkMs: 19n, delayMs: 0n }]);
  expect(rows).toEqual([
    [10_000n, 30_000n, '0 1'],
    [0n, 20_000n, '0'],
  ]);
});

test('within the lateness a closed window is computed again, up to the millisecond', () => {
  const table = fixedWindowTable(windowed({ kind: 'tumble', sizeMs: 10 }, 5));
  table.apply([row(0, 1_000)], undefined, 13n);
  expect(table.apply([row(1, 2_000)], 13n, 14n)).toEqual({ rows: [[0n, 10_000n, '0 1']], late: [] });
  const { rows, late } = table.apply([row(2, 3_000)], 14n, 14n);
  expect(rows).toEqual([[0n, 10_000n, '0 1']]);
  expect(late).toMatchObject([{ delayMs: 11n, watermarkMs: 14n }]);
});
