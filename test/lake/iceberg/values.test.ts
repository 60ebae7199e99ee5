import fc from 'fast-check';
import {
  compareValues,
  decodeValue,
  encodeValue,
  fromSignedBytes,
  signedBytes,
  toValue,
} from '../../../lake/iceberg/values';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('single-value serialization', () => {
  test('goes there and back for every type', () => {
    fc.assert(
      fc.property(
        long,
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 40 }),
        (big, int, double, text, bytes) => {
          for (const type of ['long', 'time', 'timestamp', 'timestamptz', 'decimal(38,4)'] as const)
            expect(decodeValue(type, encodeValue(type, big))).toBe(big);
          for (const type of ['int', 'date'] as const) expect(decodeValue(type, encodeValue(type, int))).toBe(int);
          expect(decodeValue('double', encodeValue('double', double))).toBe(double);
          expect(decodeValue('float', encodeValue('float', Math.fround(double)))).toBe(Math.fround(double));
          expect(decodeValue('string', encodeValue('string', text))).toBe(text);
          expect(decodeValue('binary', encodeValue('binary', Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
        },
      ),
    );
    expect(decodeValue('boolean', encodeValue('boolean', true))).toBe(true);
  });

  test('bytes are those of spec appendix D', () => {
    expect(encodeValue('int', 34).toString('hex')).toBe('22000000');
    expect(encodeValue('long', -1n).toString('hex')).toBe('ffffffffffffffff');
    expect(encodeValue('boolean', true).toString('hex')).toBe('01');
    expect(encodeValue('decimal(9,2)', 1420n).toString('hex')).toBe('058c');
    expect(encodeValue('decimal(9,2)', -1n).toString('hex')).toBe('ff');
    expect(encodeValue('decimal(9,2)', 128n).toString('hex')).toBe('0080');
    expect(encodeValue('uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7').toString('hex')).toBe(
      'f79c3e09677c4bbda4793f349cb785e7',
    );
  });

  test('reads bounds from before a promotion', () => {
    expect(decodeValue('long', encodeValue('int', -5))).toBe(-5n);
    expect(decodeValue('double', encodeValue('float', 1.5))).toBe(1.5);
    expect(decodeValue('decimal(18,2)', Buffer.from('00000000058c', 'hex'))).toBe(1420n);
  });

  test("decimals are minimal two's complement", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), (value) => {
        const bytes = signedBytes(value);
        expect(fromSignedBytes(bytes)).toBe(value);
        if (bytes.length > 1) expect(fromSignedBytes(bytes.subarray(1))).not.toBe(value);
      }),
    );
  });
});

test('strings compare by code point, not by UTF-16 unit', () => {
  expect(compareValues('\uffee', '😀')).toBeLessThan(0);
  expect('\uffee' < '😀').toBe(false);
  expect(compareValues(-0, 0)).toBe(0);
  expect(compareValues(Buffer.from([0x80]), Buffer.from([0x7f]))).toBeGreaterThan(0);
});

test('values of another type are refused, harmless looseness is not', () => {
  expect(toValue('int', 7n)).toBe(7);
  expect(toValue('long', 7)).toBe(7n);
  expect(() => toValue('int', 1.5)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  expect(() => toValue('long', 2 ** 53)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  expect(() => toValue('string', 7)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  expect(() => toValue('uuid', 'nonsense')).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
});
