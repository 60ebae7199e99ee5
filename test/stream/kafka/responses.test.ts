import { parseApiVersions, parseFetch, parseListOffsets, parseMetadata } from '../../../stream/kafka/responses';
import { WireReader } from '../../../stream/kafka/wire';

/** Writes fields as a broker does; `tags` as [tag, bytes]. */
class Fields {
  private readonly parts: Buffer[] = [];
  int8 = (v: number) => this.fixed(1, (b) => b.writeInt8(v));
  int16 = (v: number) => this.fixed(2, (b) => b.writeInt16BE(v));
  int32 = (v: number) => this.fixed(4, (b) => b.writeInt32BE(v));
  int64 = (v: bigint) => this.fixed(8, (b) => b.writeBigInt64BE(v));
  uvarint(v: number): this {
    const out: number[] = [];
    for (; v >= 0x80; v = Math.floor(v / 128)) out.push((v % 128) | 0x80);
    this.parts.push(Buffer.from([...out, v]));
    return this;
  }
  string = (v: string) => this.uvarint(Buffer.byteLength(v) + 1).raw(Buffer.from(v));
  uuid = (v: string) => this.raw(Buffer.from(v.replaceAll('-', ''), 'hex'));
  tags(...tags: (readonly [number, Buffer])[]): this {
    this.uvarint(tags.length);
    for (const [tag, data] of tags) this.uvarint(tag).uvarint(data.length).raw(data);
    return this;
  }
  raw(bytes: Buffer): this {
    this.parts.push(bytes);
    return this;
  }
  bytes = () => Buffer.concat(this.parts);
  private fixed(length: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(length);
    write(buffer);
    return this.raw(buffer);
  }
}

const id = '01234567-89ab-cdef-0123-456789abcdef';

test('fetch: steps over tagged fields, which brokers send beside errors', () => {
  const records = Buffer.from('records');
  const bytes = new Fields()
    .int32(7)
    .int16(0)
    .int32(0)
    .uvarint(2)
    .uuid(id)
    .uvarint(2)
    .int32(3)
    .int16(6)
    .int64(100n)
    .int64(90n)
    .int64(10n)
    .uvarint(2)
    .int64(77n)
    .int64(42n)
    .tags([0, Buffer.from('x')])
    .int32(-1)
    .uvarint(records.length + 1)
    .raw(records)
    .tags([1, Buffer.from([0, 0, 0, 1, 0, 0, 0, 9, 0])], [200, Buffer.alloc(130)])
    .tags()
    .tags([0, Buffer.alloc(20)])
    .bytes();
  expect(parseFetch(bytes)).toEqual({
    throttleMs: 7,
    errorCode: 6,
    highWatermark: 100n,
    lastStable: 90n,
    logStart: 10n,
    aborted: [{ producerId: 77n, firstOffset: 42 }],
    records,
  });
});

test('fetch: an error of the whole request is the answer’s error', () => {
  const bytes = new Fields().int32(0).int16(70).int32(0).uvarint(1).tags().bytes();
  expect(parseFetch(bytes)).toMatchObject({ errorCode: 70 });
});

test('metadata', () => {
  const partition = (index: number, leader: number) =>
    new Fields().int16(0).int32(index).int32(leader).int32(4).uvarint(2).int32(1).uvarint(1).uvarint(0).tags().bytes();
  const bytes = new Fields()
    .int32(0)
    .uvarint(2)
    .int32(1)
    .string('host')
    .int32(9092)
    .uvarint(0)
    .tags()
    .string('cluster')
    .int32(1)
    .uvarint(2)
    .int16(0)
    .string('t')
    .uuid(id)
    .int8(0)
    .uvarint(3)
    .raw(partition(0, 1))
    .raw(partition(1, -1))
    .int32(0)
    .tags()
    .tags()
    .bytes();
  expect(parseMetadata(bytes)).toEqual({
    clusterId: 'cluster',
    brokers: [{ nodeId: 1, host: 'host', port: 9092 }],
    topics: [
      {
        errorCode: 0,
        topic: 't',
        topicId: id,
        partitions: [
          { errorCode: 0, partition: 0, leaderId: 1, leaderEpoch: 4 },
          { errorCode: 0, partition: 1, leaderId: -1, leaderEpoch: 4 },
        ],
      },
    ],
  });
});

test('list offsets', () => {
  const bytes = new Fields()
    .int32(0)
    .uvarint(2)
    .string('t')
    .uvarint(2)
    .int32(5)
    .int16(0)
    .int64(-1n)
    .int64(1234567890123n)
    .int32(0)
    .tags()
    .tags()
    .tags()
    .bytes();
  expect(parseListOffsets(bytes)).toEqual([{ partition: 5, errorCode: 0, offset: 1234567890123n, leaderEpoch: 0 }]);
});

test('api versions, and the answer of a broker too old for them', () => {
  const bytes = new Fields().int16(0).uvarint(2).int16(1).int16(4).int16(17).tags().int32(0).tags().bytes();
  expect(parseApiVersions(bytes).apis).toEqual(new Map([[1, { min: 4, max: 17 }]]));
  expect(parseApiVersions(new Fields().int16(35).int32(0).bytes())).toMatchObject({ errorCode: 35 });
});

test('a cut response is an error, not zeros', () => {
  expect(() => parseMetadata(Buffer.from([0, 0]))).toThrow(RangeError);
  expect(() => new WireReader(Buffer.from([9, 1])).string()).toThrow(RangeError);
  expect(() => new WireReader(Buffer.alloc(6, 0xff)).uvarint()).toThrow(RangeError);
});
