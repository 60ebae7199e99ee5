import { applyTransform } from '../../../lake/iceberg/transforms';
import { murmur3 } from '../../../lake/iceberg/murmur3';
import { signedBytes, uuidBytes } from '../../../lake/iceberg/values';

const long = (value: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigInt64LE(value);
  return out;
};
const micros = (iso: string, extra = 0n): bigint => BigInt(Date.parse(iso)) * 1000n + extra;

describe('the bucket hash gives the test values of the Iceberg spec, appendix B', () => {
  test.each([
    ['int and long 34', long(34n), 2017239379],
    ['decimal 14.20', signedBytes(1420n), -500754589],
    ['date 2017-11-16', long(BigInt(Date.parse('2017-11-16') / 86_400_000)), -653330422],
    ['time 22:31:08', long(81_068_000_000n), -662762989],
    ['timestamp 2017-11-16T22:31:08', long(micros('2017-11-16T22:31:08Z')), -2047944441],
    ['timestamp 2017-11-16T22:31:08.000001', long(micros('2017-11-16T22:31:08Z', 1n)), -1207196810],
    ['string iceberg', Buffer.from('iceberg'), 1210000089],
    ['uuid', uuidBytes('f79c3e09-677c-4bbd-a479-3f349cb785e7'), 1488055340],
    ['binary 00 01 02 03', Buffer.from([0, 1, 2, 3]), -188683207],
  ])('%s', (_name, bytes, expected) => expect(murmur3(bytes)).toBe(expected));

  test('bucket takes the hash without its sign', () => {
    const bucket = { kind: 'bucket', buckets: 16 } as const;
    expect(applyTransform(bucket, 'int', 34)).toBe((2017239379 & 0x7fffffff) % 16);
    expect(applyTransform(bucket, 'decimal(9,2)', 1420n)).toBe((-500754589 & 0x7fffffff) % 16);
    expect(applyTransform(bucket, 'uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7')).toBe(1488055340 % 16);
  });

  test('empty input and tails of one to three bytes', () => {
    expect(murmur3(Buffer.alloc(0))).toBe(0);
    expect(new Set([1, 2, 3, 4, 5].map((length) => murmur3(Buffer.alloc(length, 7)))).size).toBe(5);
  });
});
