import fc from 'fast-check';
import { advanceWatermark } from '../../stream/watermark';

const at = (maxEventTimeMs: number | undefined, idle = false) =>
  maxEventTimeMs === undefined ? { idle } : { maxEventTimeMs, idle };

test('is the least over the partitions of highest event time - bound - 1 ms', () => {
  expect(advanceWatermark({ previousMs: undefined, boundMs: 5000, partitions: [at(20_000), at(17_000)] })).toBe(11_999);
});

test('never goes back', () => {
  expect(advanceWatermark({ previousMs: 50_000, boundMs: 5000, partitions: [at(20_000)] })).toBe(50_000);
});

test('a partition without any event holds it, an idle one does not', () => {
  expect(
    advanceWatermark({ previousMs: undefined, boundMs: 0, partitions: [at(20_000), at(undefined)] }),
  ).toBeUndefined();
  expect(advanceWatermark({ previousMs: 7, boundMs: 0, partitions: [at(20_000), at(undefined)] })).toBe(7);
  expect(advanceWatermark({ previousMs: 7, boundMs: 0, partitions: [at(20_000), at(undefined, true)] })).toBe(19_999);
});

test('stands still when all partitions are idle, or there are none', () => {
  expect(advanceWatermark({ previousMs: 7, boundMs: 0, partitions: [at(20_000, true), at(30_000, true)] })).toBe(7);
  expect(advanceWatermark({ previousMs: undefined, boundMs: 0, partitions: [] })).toBeUndefined();
});

test('works before 1970', () => {
  expect(advanceWatermark({ previousMs: undefined, boundMs: 1000, partitions: [at(-5000)] })).toBe(-6001);
});

test('does not depend on the order of partitions', () => {
  const partition = fc.record({ maxEventTimeMs: fc.integer(), idle: fc.boolean() });
  fc.assert(
    fc.property(fc.array(partition), fc.option(fc.integer(), { nil: undefined }), (partitions, previousMs) => {
      const forward = advanceWatermark({ previousMs, boundMs: 10, partitions });
      expect(advanceWatermark({ previousMs, boundMs: 10, partitions: [...partitions].reverse() })).toBe(forward);
    }),
  );
});
