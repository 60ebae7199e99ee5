import fc from 'fast-check';
import { VarintReader } from '../../stream/varint';
import { varint } from './support/encode-batch';

test('reads every safe integer as written, one after the other', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.maxSafeInteger(),
          fc.integer(),
          fc.integer({ min: -70, max: 70 }),
          fc.integer({ min: -9000, max: 9000 }),
        ),
      ),
      (values) => {
        const reader = new VarintReader(Buffer.concat(values.map(varint)), 0);
        expect(values.map(() => reader.readVarint())).toEqual(values);
      },
    ),
  );
});

test.each([0, -1, 1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31, -(2 ** 31), 2 ** 52, -(2 ** 52)])(
  '%d at its edge',
  (value) => {
    const bytes = varint(value);
    const reader = new VarintReader(bytes, 0);
    expect(reader.readVarint()).toBe(value);
    expect(reader.position).toBe(bytes.length);
  },
);

test('past the end nothing is thrown and the position tells', () => {
  const reader = new VarintReader(Buffer.from([0x80]), 0);
  reader.readVarint();
  expect(reader.position).toBeGreaterThan(1);
});
