import { nextWatermark } from './watermark';

const at = (highest: Readonly<Record<number, bigint>>, idle: readonly number[] = [], beforeMs?: bigint) =>
  nextWatermark({
    beforeMs,
    boundMs: 10,
    partitions: [0, 1],
    idle,
    highest: new Map(Object.entries(highest).map(([partition, us]) => [Number(partition), us])),
  });

test('each partition stands at floor_ms(highest) - bound - 1; the least counts', () => {
  expect(at({ 0: 50_000n, 1: 90_999n })).toBe(39n);
  expect(at({ 0: 50_999n, 1: 90_999n })).toBe(39n);
  expect(at({ 0: -1n, 1: 90_999n })).toBe(-12n);
});

test('a partition without an event holds it, an idle one does not count', () => {
  expect(at({ 0: 50_000n })).toBeUndefined();
  expect(at({ 0: 50_000n }, [], 7n)).toBe(7n);
  expect(at({ 0: 50_000n }, [1])).toBe(39n);
});

test('it never goes back, and stands still when all are idle', () => {
  expect(at({ 0: 50_000n, 1: 50_000n }, [], 40n)).toBe(40n);
  expect(at({ 0: 90_000n, 1: 90_000n }, [0, 1], 40n)).toBe(40n);
  expect(at({ 0: 90_000n, 1: 90_000n }, [0, 1])).toBeUndefined();
});
