import fc from 'fast-check';
import { formatDuration, maxDurationMs, parseDuration } from '../../pipeline/duration';

test('units', () => {
  expect(['250ms', '5s', '1m', '2h', '7d'].map((text) => parseDuration(text))).toEqual([
    250, 5_000, 60_000, 7_200_000, 604_800_000,
  ]);
});

test('every duration is read back from its text', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: maxDurationMs }), (ms) => {
      expect(parseDuration(formatDuration(ms), { zero: 'allowed' })).toBe(ms);
    }),
  );
});

test.each(['', '5', 's', '-5s', '1.5s', '5 s', '1h30m', '5S', '1w'])('%s is refused', (text) => {
  expect(() => parseDuration(text)).toThrow('expected a duration such as 250ms, 5s, 1m, 1h or 7d');
});

test('zero only where it is allowed, and a bound', () => {
  expect(() => parseDuration('0s')).toThrow('expected a duration above zero, found "0s"');
  expect(parseDuration('0s', { zero: 'allowed' })).toBe(0);
  expect(() => parseDuration('3651d')).toThrow('expected a duration of at most 3650d');
  expect(() => parseDuration('999999999999999d')).toThrow('expected a duration of at most 3650d');
});
