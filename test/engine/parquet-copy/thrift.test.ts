import fc from 'fast-check';
import { isSluiceError } from '../../../base/errors';
import {
  readBinary,
  readInteger,
  readList,
  readStruct,
  thriftType,
  type ThriftStruct,
} from '../../../engine/parquet-copy/thrift-read';
import { i64, withFields, writeInteger, writeList, writeStruct } from '../../../engine/parquet-copy/thrift-write';
import { anyStruct, encode, typeOf } from './support/thrift-value';

/** Takes a struct apart down to its leaves and puts it together again. */
function rewrite(bytes: Buffer): Buffer {
  return writeStruct(readStruct(bytes).map(({ id, type, value }) => ({ id, type, value: rewriteValue(type, value) })));
}

function rewriteValue(type: number, value: Buffer): Buffer {
  if (type === thriftType.struct) return rewrite(value);
  if (type !== thriftType.list) return value;
  const { elementType, items } = readList(value);
  return writeList({ elementType, items: items.map((item) => rewriteValue(elementType, item)) });
}

test('any struct is taken apart into its fields, and put together into the same bytes', () => {
  fc.assert(
    fc.property(anyStruct(), (value) => {
      const bytes = encode(value);
      expect(readStruct(bytes).map(({ id, type }) => [id, type])).toEqual(
        value.fields.map(([id, item]) => [id, typeOf(item)]),
      );
      expect(rewrite(bytes)).toEqual(bytes);
    }),
  );
});

test('what stands behind a struct is left alone', () => {
  fc.assert(
    fc.property(anyStruct(1), fc.uint8Array({ maxLength: 9 }), (value, behind) => {
      expect(readStruct(Buffer.concat([encode(value), behind]))).toEqual(readStruct(encode(value)));
    }),
  );
});

test('numbers that a file can have are read and written exactly, others refused', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const bytes = encode({ kind: 'i64', value: BigInt(value) });
      expect(writeInteger(value)).toEqual(bytes);
      expect(readInteger(bytes)).toBe(value);
    }),
  );
  for (const value of [2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])
    expect(() => readInteger(encode({ kind: 'i64', value }))).toThrow('beyond 53 bits');
});

test('fields are replaced in their place, put in by id and left out', () => {
  const binary = { type: thriftType.binary, value: encode({ kind: 'binary', value: Buffer.from('x') }) };
  const struct: ThriftStruct = [
    { id: 1, ...i64(5) },
    { id: 4, ...binary },
    { id: 40, ...i64(7) },
  ];
  const changed = readStruct(
    writeStruct(
      withFields(
        struct,
        new Map([
          [4, undefined],
          [40, i64(8)],
          [2, binary],
        ]),
      ),
    ),
  );
  expect(changed.map(({ id }) => id)).toEqual([1, 2, 40]);
  expect(readInteger(changed[2]!.value)).toBe(8);
  expect(readBinary(changed[1]!.value).toString()).toBe('x');
});

test('bytes of any kind are read or refused as CORRUPT_FILE, never worse', () => {
  const refused = (bytes: Buffer): void => {
    try {
      rewrite(bytes);
    } catch (error) {
      if (!isSluiceError(error, 'CORRUPT_FILE')) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refused(Buffer.from(bytes))));
  fc.assert(
    fc.property(anyStruct(), fc.nat(), fc.nat({ max: 255 }), fc.nat(), (value, at, byte, cut) => {
      const bytes = encode(value);
      bytes[at % bytes.length] = byte;
      refused(bytes);
      refused(bytes.subarray(0, cut % bytes.length));
    }),
  );
});

test.each([
  ['structs without end', Buffer.alloc(100_000, 0x1c)],
  ['lists in lists without end', Buffer.concat([Buffer.from([0x19]), Buffer.alloc(100_000, 0x19)])],
  ['a list of two milliards', Buffer.from([0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07])],
  ['a map of two milliards', Buffer.from([0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x88])],
  ['a text longer than the footer', Buffer.from([0x18, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ['a number without end', Buffer.alloc(50, 0xff)],
])('%s are refused at once', (_, bytes) => {
  expect(() => readStruct(bytes)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
