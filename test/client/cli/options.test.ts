import { durationMs, positiveNumber, positiveRate, share, timeMs, wholeNumber } from '../../../client/cli/options';

describe('option values', () => {
  it.each([
    [wholeNumber, '1_000,000', 1_000_000],
    [wholeNumber, '0', 0],
    [positiveNumber, '7', 7],
    [positiveRate, '0.5', 0.5],
    [share, '5%', 0.05],
    [share, '0.2', 0.2],
    [share, '1', 1],
    [durationMs, '250ms', 250],
    [durationMs, '1.5s', 1500],
    [durationMs, '2h', 7_200_000],
    [durationMs, '0', 0],
  ])('%p of %s', (parse, text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    [wholeNumber, ''],
    [wholeNumber, '1.5'],
    [wholeNumber, '-1'],
    [wholeNumber, '9007199254740993'],
    [positiveNumber, '0'],
    [positiveRate, '0'],
    [positiveRate, 'fast'],
    [share, '101%'],
    [share, '%'],
    [durationMs, '5'],
    [durationMs, '5 weeks'],
    [durationMs, '-5s'],
    [timeMs, 'yesterday'],
    [timeMs, '12:00'],
  ])('%p refuses %s', (parse, text) => {
    expect(() => parse(text)).toThrow(/expected/);
  });

  it('reads times as UTC, now, or back from now', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(timeMs('2026-01-01T12:00:00Z')).toBe(Date.UTC(2026, 0, 1, 12));
    expect(timeMs('2026-01-01 12:00:00')).toBe(Date.UTC(2026, 0, 1, 12));
    expect(timeMs('2026-01-01T12:00:00+02:00')).toBe(Date.UTC(2026, 0, 1, 10));
    expect(timeMs('2026-01-01')).toBe(now);
    expect(timeMs('now', now)).toBe(now);
    expect(timeMs('-30m', now)).toBe(now - 1_800_000);
  });
});
