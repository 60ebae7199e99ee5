import fc from 'fast-check';
import { closedUntilMs, closingRange, windowStartMs } from '../../stream/windows';

const size = fc.integer({ min: 1, max: 86_400_000 });
const time = fc.integer({ min: -4e12, max: 4e12 });

test('every time lies in its window, before 1970 too', () => {
  fc.assert(
    fc.property(time, size, (timeMs, sizeMs) => {
      const start = windowStartMs(timeMs, sizeMs);
      expect(start <= timeMs && timeMs < start + sizeMs && start % sizeMs === 0).toBe(true);
    }),
  );
  expect(windowStartMs(-1, 60_000)).toBe(-60_000);
  expect(Object.is(windowStartMs(-0, 60_000), 0)).toBe(true);
});

test('a window closes when the watermark reaches its last millisecond', () => {
  expect(closedUntilMs(59_998, 60_000)).toBe(0);
  expect(closedUntilMs(59_999, 60_000)).toBe(60_000);
  expect(closedUntilMs(-1, 60_000)).toBe(0);
  expect(closedUntilMs(undefined, 60_000)).toBeUndefined();
});

test('exactly the windows with end - 1 <= watermark are closed', () => {
  fc.assert(
    fc.property(time, time, size, (watermarkMs, timeMs, sizeMs) => {
      const end = windowStartMs(timeMs, sizeMs) + sizeMs;
      expect(end <= closedUntilMs(watermarkMs, sizeMs)!).toBe(end - 1 <= watermarkMs);
    }),
  );
});

test('steps of the watermark close every window once: ranges join without gap or overlap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 50_000 }),
      (marks, sizeMs) => {
        let previousMs: number | undefined;
        let closedTo: number | undefined;
        for (const mark of marks) {
          const nextMs = previousMs === undefined ? mark : Math.max(previousMs, mark);
          const range = closingRange({ sizeMs, previousMs, nextMs });
          if (range) {
            expect(range.fromMs).toBe(closedTo);
            if (closedTo !== undefined) expect(range.toMs).toBeGreaterThan(closedTo);
            closedTo = range.toMs;
          }
          previousMs = nextMs;
        }
        expect(closedTo).toBe(closedUntilMs(previousMs, sizeMs));
      },
    ),
  );
});

test('nothing closes without a watermark, or when it stands', () => {
  expect(closingRange({ sizeMs: 10, previousMs: undefined, nextMs: undefined })).toBeUndefined();
  expect(closingRange({ sizeMs: 10, previousMs: 55, nextMs: 55 })).toBeUndefined();
  expect(closingRange({ sizeMs: 10, previousMs: 55, nextMs: 58 })).toBeUndefined();
  expect(closingRange({ sizeMs: 10, previousMs: 55, nextMs: 59 })).toEqual({ fromMs: 50, toMs: 60 });
  expect(closingRange({ sizeMs: 10, previousMs: undefined, nextMs: 59 })).toEqual({ fromMs: undefined, toMs: 60 });
});
