import fc from 'fast-check';
import {
  amendableEnds,
  closedUntilMs,
  closesWindows,
  closingEnds,
  finalEnds,
  judgement,
  mergeRanges,
  wantedRanges,
  windowStartMs,
} from '../../stream/windows';

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
          const range = closingEnds({ sizeMs, slideMs: sizeMs }, { previousMs, nextMs });
          if (range) {
            expect(range.afterMs).toBe(closedTo);
            if (closedTo !== undefined) expect(range.untilMs).toBeGreaterThan(closedTo);
            closedTo = range.untilMs;
          }
          previousMs = nextMs;
        }
        expect(closedTo).toBe(closedUntilMs(previousMs, sizeMs));
      },
    ),
  );
});

test('nothing closes without a watermark, or when it stands', () => {
  const windows = { sizeMs: 30, slideMs: 10 };
  expect(closingEnds(windows, { previousMs: undefined, nextMs: undefined })).toBeUndefined();
  expect(closingEnds(windows, { previousMs: 55, nextMs: 55 })).toBeUndefined();
  expect(closingEnds(windows, { previousMs: 55, nextMs: 58 })).toBeUndefined();
  expect(closingEnds(windows, { previousMs: 55, nextMs: 59 })).toEqual({ afterMs: 50, untilMs: 60 });
  expect(closingEnds(windows, { previousMs: undefined, nextMs: 59 })).toEqual({ untilMs: 60 });
});

test('a window is final, amendable or open: each exactly one', () => {
  fc.assert(
    fc.property(time, size, fc.integer({ min: 0, max: 1e8 }), time, (watermarkMs, slideMs, latenessMs, timeMs) => {
      const windows = { sizeMs: slideMs, slideMs };
      const end = windowStartMs(timeMs, slideMs) + slideMs;
      const within = (range: { afterMs?: number; untilMs: number } | undefined): boolean =>
        range !== undefined && end <= range.untilMs && (range.afterMs === undefined || end > range.afterMs);
      const judged = judgement({ watermarkMs, latenessMs, knownMs: undefined });
      expect(within(finalEnds(windows, judged))).toBe(end - 1 + latenessMs <= watermarkMs);
      expect(within(amendableEnds(windows, judged))).toBe(end - 1 <= watermarkMs && end - 1 + latenessMs > watermarkMs);
    }),
  );
});

test('what was closed for good stays so, whatever the lateness becomes', () => {
  const first = judgement({ watermarkMs: 100, latenessMs: 10, knownMs: undefined });
  expect(first).toEqual({ watermarkMs: 100, finalMs: 90 });
  expect(judgement({ watermarkMs: 105, latenessMs: 1000, knownMs: first.finalMs })).toEqual({
    watermarkMs: 105,
    finalMs: 90,
  });
  expect(judgement({ watermarkMs: 105, latenessMs: 5, knownMs: first.finalMs })).toEqual({
    watermarkMs: 105,
    finalMs: 100,
  });
  expect(judgement({ watermarkMs: undefined, latenessMs: 5, knownMs: undefined }).finalMs).toBeUndefined();
});

test('sessions may close at any millisecond, fixed windows at multiples of the slide', () => {
  const session = { kind: 'session', gapMs: 10, by: [], maxMs: 1000 } as const;
  expect(closesWindows(session, { previousMs: 5, nextMs: 6 })).toBe(true);
  expect(closesWindows(session, { previousMs: 5, nextMs: 5 })).toBe(false);
  expect(closesWindows({ kind: 'hop', sizeMs: 30, slideMs: 10 }, { previousMs: 5, nextMs: 8 })).toBe(false);
  expect(closesWindows({ kind: 'hop', sizeMs: 30, slideMs: 10 }, { previousMs: 5, nextMs: 9 })).toBe(true);
});

test('the times that are read cover every wanted window', () => {
  const windows = { sizeMs: 30, slideMs: 10 };
  expect(wantedRanges({ closing: { afterMs: 50, untilMs: 70 }, again: [] }, windows)).toEqual([
    { fromMs: 30, toMs: 70 },
  ]);
  expect(wantedRanges({ closing: { untilMs: 70 }, again: [20] }, windows)).toEqual([{ toMs: 70 }]);
  expect(wantedRanges({ again: [-20, 40, 500] }, windows)).toEqual([
    { fromMs: -50, toMs: -20 },
    { fromMs: 10, toMs: 40 },
    { fromMs: 470, toMs: 500 },
  ]);
});

test('many spans become few that still cover all', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 1000 }))), (spans) => {
      const ranges = spans.map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs }));
      const merged = mergeRanges(ranges);
      expect(merged.length).toBeLessThanOrEqual(16);
      for (const { fromMs, toMs } of ranges)
        expect(merged.some((span) => span.fromMs! <= fromMs && toMs <= span.toMs!)).toBe(true);
      for (const [index, span] of merged.slice(1).entries()) expect(span.fromMs!).toBeGreaterThan(merged[index]!.toMs!);
    }),
  );
});
