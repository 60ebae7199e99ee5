import zlib from 'node:zlib';
import fc from 'fast-check';
import { compressSync as snappyCompress } from 'snappy';
import { compress as zstdCompress } from '@mongodb-js/zstd';
import { ByteSink } from '../../../../lake/iceberg/avro/byte-sink';
import { compileDecoder } from '../../../../lake/iceberg/avro/decode';
import { readAvroFile, writeAvroFile } from '../../../../lake/iceberg/avro/container';
import type { AvroRecord, AvroSchema } from '../../../../lake/iceberg/avro/schema';

const schema: AvroRecord = {
  type: 'record',
  name: 'everything',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long', 'field-id': 7 },
    { name: 'double', type: 'double' },
    { name: 'text', type: ['null', 'string'], default: null },
    { name: 'bytes', type: ['null', 'bytes'], default: null },
    { name: 'hash', type: { type: 'fixed', name: 'four', size: 4 } },
    { name: 'again', type: ['null', 'four'], default: null },
    { name: 'list', type: { type: 'array', items: 'long', 'element-id': 8 } },
    {
      name: 'map',
      type: {
        type: 'array',
        logicalType: 'map',
        items: {
          type: 'record',
          name: 'k1_v2',
          fields: [
            { name: 'key', type: 'int' },
            { name: 'value', type: 'bytes' },
          ],
        },
      },
    },
  ],
};

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const buffer = (max: number) => fc.uint8Array({ maxLength: max }).map((bytes) => Buffer.from(bytes));
const fixed = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const record = fc.record({
  flag: fc.boolean(),
  int: fc.integer(),
  long,
  double: fc.double({ noNaN: true }),
  text: fc.option(fc.string({ unit: 'grapheme' })),
  bytes: fc.option(buffer(20)),
  hash: fixed,
  again: fc.option(fixed),
  list: fc.array(long, { maxLength: 5 }),
  map: fc.uniqueArray(fc.record({ key: fc.nat(), value: buffer(8) }), { maxLength: 3, selector: ({ key }) => key }),
});

describe('Avro container files', () => {
  test('give back every record, with both codecs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 30 }),
        fc.constantFrom('null' as const, 'deflate' as const),
        async (records, codec) => {
          const read = await readAvroFile(writeAvroFile({ schema, metadata: { a: 'b' }, records, codec }));
          expect(read.records.map((item) => ({ ...(item as object) }))).toEqual(
            records.map((item) => ({ ...item, map: new Map(item.map.map(({ key, value }) => [key, value])) })),
          );
          expect(read.metadata.get('a')).toBe('b');
          expect(read.schema).toEqual(schema);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('are equal byte for byte for equal input, in several blocks too', async () => {
    const records = Array.from({ length: 5000 }, (_, i) => ({
      flag: true,
      int: i,
      long: BigInt(i) ** 4n,
      double: i / 3,
      text: `row ${i}`,
      hash: Buffer.from('four'),
      list: [],
      map: [],
    }));
    const [one, two] = [
      writeAvroFile({ schema, metadata: {}, records }),
      writeAvroFile({ schema, metadata: {}, records }),
    ];
    expect(one.equals(two)).toBe(true);
    expect((await readAvroFile(one)).records).toHaveLength(5000);
  });

  test('keep 64-bit numbers at both ends', async () => {
    const schemaOfLong: AvroRecord = { type: 'record', name: 'n', fields: [{ name: 'v', type: 'long' }] };
    const values = [
      0n,
      -1n,
      1n,
      63n,
      64n,
      -64n,
      -65n,
      2n ** 27n,
      2n ** 28n,
      -(2n ** 28n),
      2n ** 31n,
      2n ** 53n + 1n,
      9123456789012345678n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    const read = await readAvroFile(
      writeAvroFile({ schema: schemaOfLong, metadata: {}, records: values.map((v) => ({ v })) }),
    );
    expect(read.records).toEqual(values.map((v) => ({ v })));
  });

  test('are read when others wrote them with snappy or zstandard', async () => {
    const plain = writeAvroFile({
      schema: { type: 'record', name: 'n', fields: [{ name: 'v', type: 'string' }] },
      metadata: {},
      records: [{ v: 'snappy and zstandard '.repeat(50) }],
      codec: 'null',
    });
    for (const [codec, pack] of [
      ['snappy', async (block: Buffer) => Buffer.concat([snappyCompress(block), crc(block)])],
      ['zstandard', (block: Buffer) => zstdCompress(block)],
    ] as const) {
      const read = await readAvroFile(await recode(plain, codec, pack));
      expect(read.records).toEqual([{ v: 'snappy and zstandard '.repeat(50) }]);
    }
  });

  test('say what is wrong with a damaged file', async () => {
    const good = writeAvroFile({ schema, metadata: {}, records: [] });
    await expect(readAvroFile(Buffer.from('PAR1'))).rejects.toMatchObject({ code: 'UNSUPPORTED_TABLE' });
    await expect(readAvroFile(good.subarray(0, good.length - 3))).rejects.toMatchObject({ code: 'UNSUPPORTED_TABLE' });
    await expect(readAvroFile(await recode(good, 'lzma', async (block) => block, true))).rejects.toMatchObject({
      message: expect.stringContaining('lzma'),
    });
  });
});

test('the decoder takes what Iceberg never writes: maps, enums, wide unions, blocks with sizes', () => {
  const out = new ByteSink();
  out.long(-2); // two entries, their size in bytes follows
  out.long(99);
  for (const [key, value] of [
    ['a', 1n],
    ['b', -5n],
  ] as const) {
    out.sized(Buffer.from(key));
    out.long(value);
  }
  out.byte(0);
  out.long(1); // enum B
  out.long(2); // third branch
  out.sized(Buffer.from('x'));
  const odd: AvroSchema = {
    type: 'record',
    name: 'odd',
    fields: [
      { name: 'map', type: { type: 'map', values: 'long' } },
      { name: 'kind', type: { type: 'enum', name: 'kind', symbols: ['A', 'B'] } },
      { name: 'any', type: ['null', 'int', 'string'] },
    ],
  };
  expect(compileDecoder(odd)({ bytes: out.toBuffer(), at: 0 })).toEqual({
    map: { a: 1n, b: -5n },
    kind: 'B',
    any: 'x',
  });
});

function crc(block: Buffer): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE((zlib as unknown as { crc32?: (data: Buffer) => number }).crc32?.(block) ?? 0);
  return out;
}

/** The same file with its blocks packed by another codec. `force` rewrites the header even when there is no block. */
async function recode(
  file: Buffer,
  codec: string,
  pack: (block: Buffer) => Promise<Buffer>,
  force = false,
): Promise<Buffer> {
  const read = await readAvroFile(file);
  const sync = file.subarray(file.length - 16);
  const out = new ByteSink();
  out.raw(Buffer.from('Obj\x01', 'latin1'));
  out.long(2);
  for (const [key, value] of [
    ['avro.schema', JSON.stringify(read.schema)],
    ['avro.codec', codec],
  ] as const) {
    out.sized(Buffer.from(key));
    out.sized(Buffer.from(value));
  }
  out.byte(0);
  out.raw(sync);
  const record = (read.records[0] ?? { v: '' }) as { v: string };
  const block = new ByteSink();
  block.sized(Buffer.from(record.v ?? ''));
  if (read.records.length > 0 || force) {
    out.long(1);
    out.sized(await pack(block.toBuffer()));
    out.raw(sync);
  }
  return out.toBuffer();
}
