import fc from 'fast-check';
import { eventTimes } from '../../../client/produce/event-times';
import { eventSpan } from '../../../client/demo/produce-demo';

const nowMs = Date.UTC(2026, 0, 1, 12);

describe('when produced events happen', () => {
  it('lies in the recent past, 1000 a second, and ends now', () => {
    expect(eventTimes({ count: 10_001, nowMs })).toEqual({ startTimeMs: nowMs - 10_000, rate: 1000 });
  });

  it('follows the clock at a pace', () => {
    expect(eventTimes({ count: 500, nowMs, pace: 50 })).toEqual({ startTimeMs: nowMs, rate: 50 });
  });

  it('is spread over a span', () => {
    const { startTimeMs, rate } = eventTimes({ count: 1000, nowMs, spanMs: 1_800_000 });
    expect(rate).toBeCloseTo(1000 / 1800);
    expect(nowMs - startTimeMs).toBeCloseTo(1_798_200, -1);
  });

  it('begins where it is told to', () => {
    expect(eventTimes({ count: 10, nowMs, startMs: 5 })).toEqual({ startTimeMs: 5, rate: 1000 });
    expect(eventTimes({ count: 10, nowMs, startMs: 5, spanMs: 10_000 })).toEqual({ startTimeMs: 5, rate: 1 });
  });
});

describe('when demo events happen', () => {
  it('tells of the last half hour at first', () => {
    expect(eventSpan(undefined, nowMs)).toEqual({ fromMs: nowMs - 1_800_000, toMs: nowMs });
  });

  it('never goes back behind what is there, and never has no length', () => {
    fc.assert(
      fc.property(fc.integer({ min: nowMs - 4e6, max: nowMs + 4e6 }), (newestMs) => {
        const { fromMs, toMs } = eventSpan(newestMs, nowMs);
        expect(fromMs).toBeGreaterThan(newestMs);
        expect(toMs - fromMs).toBeGreaterThanOrEqual(1000);
        expect(fromMs).toBeGreaterThanOrEqual(nowMs - 1_800_000);
      }),
    );
  });
});
