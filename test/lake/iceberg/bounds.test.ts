import fc from 'fast-check';
import {
  truncateLowerBytes,
  truncateLowerText,
  truncateUpperBytes,
  truncateUpperText,
} from '../../../lake/iceberg/bounds';
import { compareValues } from '../../../lake/iceberg/values';

const text = fc.string({
  unit: fc.constantFrom('a', 'z', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'),
  maxLength: 24,
});

test('lower <= text <= upper, in at most 16 code points', () => {
  fc.assert(
    fc.property(text, (value) => {
      const [lower, upper] = [truncateLowerText(value), truncateUpperText(value)];
      expect(compareValues(lower, value)).toBeLessThanOrEqual(0);
      expect([...lower].length).toBeLessThanOrEqual(16);
      if (upper !== undefined) {
        expect(compareValues(upper, value)).toBeGreaterThanOrEqual(0);
        expect([...upper].length).toBeLessThanOrEqual(16);
      }
    }),
  );
});

test('lower <= bytes <= upper, in at most 16 bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 254, 255), { maxLength: 24 }), (list) => {
      const value = Buffer.from(list);
      const [lower, upper] = [truncateLowerBytes(value), truncateUpperBytes(value)];
      expect(Buffer.compare(lower, value)).toBeLessThanOrEqual(0);
      if (upper) expect(Buffer.compare(upper, value)).toBeGreaterThanOrEqual(0);
      expect(Math.max(lower.length, upper?.length ?? 0)).toBeLessThanOrEqual(16);
    }),
  );
});

test('the upper bound of text steps over surrogates and gives up when nothing is greater', () => {
  expect(truncateUpperText('a'.repeat(20))).toBe(`${'a'.repeat(15)}b`);
  expect(truncateUpperText('\ud7ff'.repeat(17))).toBe(`${'\ud7ff'.repeat(15)}\ue000`);
  expect(truncateUpperText(`${'a'.repeat(15)}\u{10ffff}x`)).toBe(`${'a'.repeat(14)}b`);
  expect(truncateUpperText('\u{10ffff}'.repeat(17))).toBeUndefined();
  expect(truncateUpperText('\u{10ffff}'.repeat(16))).toBe('\u{10ffff}'.repeat(16));
  expect(truncateUpperBytes(Buffer.alloc(17, 255))).toBeUndefined();
});
