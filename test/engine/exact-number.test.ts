import fc from 'fast-check';
import { isNumberText, losesDigits, scaledInteger } from '../../engine/exact-number';

describe('exact numbers', () => {
  it.each([
    ['12.30', 2, 1230n],
    ['-0.05', 2, -5n],
    ['1e3', 0, 1000n],
    ['120e-1', 0, 12n],
    ['0e999999999999', 0, 0n],
    ['-0', 0, 0n],
    ['9007199254740993', 0, 9007199254740993n],
    ['1e37', 0, 10n ** 37n],
    ['1.5', 0, 'fraction'],
    ['1e-400', 5, 'fraction'],
    ['12.345', 2, 'fraction'],
    ['1e38', 0, 'range'],
    ['1e999999999999', 0, 'range'],
  ] as const)('%s at scale %d', (text, scale, expected) => {
    expect(scaledInteger(text, scale, 38)).toBe(expected);
  });

  it('agrees with integer arithmetic', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.integer({ min: 0, max: 9 }),
        (value, scale) => {
          const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
          const text = `${value < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''}`;
          expect(scaledInteger(text, scale, 38)).toBe(value);
          expect(scaledInteger(`${text}e3`, scale, 38)).toBe(value * 1000n);
        },
      ),
    );
  });

  it('takes JSON numbers only', () => {
    expect(['0', '-1', '1.5', '1e5', '1E-5', '10'].every(isNumberText)).toBe(true);
    expect(['', '+1', '01', '.5', '5.', '1e', '0x1', ' 1', '1 ', 'NaN', '1_0', '--1'].some(isNumberText)).toBe(false);
  });

  it('a number of 15 digits comes back from a double as it was; beyond, it is told apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999_999_999 }),
        fc.integer({ min: 1, max: 14 }),
        (digits, point) => {
          const text = String(digits).padStart(point + 1, '0');
          const real = `${text.slice(0, -point)}.${text.slice(-point)}`;
          expect(losesDigits(real)).toBe(false);
          expect(scaledInteger(String(Number(real)), 40, 100)).toEqual(scaledInteger(real, 40, 100));
        },
      ),
    );
    expect(
      ['0.1000000000000000055511151231257827', '1234567890123456.5', '1.234567890123456e2'].every(losesDigits),
    ).toBe(true);
    expect(
      ['12345678901234567890', '1.0000000000000000000', '0.00000000000000000001', '10000000000000000000.0'].some(
        losesDigits,
      ),
    ).toBe(false);
  });
});
