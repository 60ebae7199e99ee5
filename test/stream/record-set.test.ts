import fc from 'fast-check';
import { codecNames } from '../../stream/compression';
import { scanBatches } from '../../stream/record-batch';
import { decodeRecordSet } from '../../stream/record-set';
import producers from './fixtures/producers.json';
import { collector, emptyTally } from './support/collect';
import type { TestBatch } from './support/encode-batch';
import { encodeBatch } from './support/encode-batch';
import { buildLog, logSteps } from './support/random-log';
import type { SlowRecord } from './support/slow-decoder';
import { slowDecode } from './support/slow-decoder';
import { writeCrc } from './support/write-crc';

const origin = { topic: 't', partition: 3 };

async function decode(
  bytes: Buffer,
  options: { from?: number; to?: number; aborted?: { producerId: bigint; firstOffset: number }[] } = {},
) {
  const { from = 0, to = Number.MAX_SAFE_INTEGER, aborted = [] } = options;
  const sink = collector();
  const tally = emptyTally();
  const { batches } = scanBatches(bytes, origin);
  await decodeRecordSet({ batches, aborted, from, to, origin, sink, tally });
  return { records: sink.records, tally };
}

const asCollected = ({ offset, timestampMs, key, value }: SlowRecord) => ({
  offset: Number(offset),
  timestampMs: Number(timestampMs),
  key: key && key.toString('latin1'),
  value: value && value.toString('latin1'),
});

const simple = (over: Partial<TestBatch> = {}): TestBatch => ({
  baseOffset: 10,
  lastOffset: 12,
  records: [10, 11, 12].map((offset) => ({
    offset,
    timestampMs: 1000 + offset,
    key: null,
    value: Buffer.from(`{"n":${offset}}`),
  })),
  ...over,
});

test('agrees with the slow twin on random logs, cut anywhere, for any range and codec', async () => {
  await fc.assert(
    fc.asyncProperty(
      logSteps,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (steps, cut, a, b) => {
        const log = await buildLog(steps);
        const whole = Buffer.concat(log.batches.map(({ bytes }) => bytes));
        const bytes = whole.subarray(0, Math.round(whole.length * cut));
        const [from, to] = [a, b]
          .map((part) => log.start + Math.round((log.end - log.start) * part))
          .sort((x, y) => x - y) as [number, number];
        const aborted = [...log.aborted];
        const slow = await slowDecode({ bytes, aborted, from: BigInt(from), to: BigInt(to) });
        const { records } = await decode(bytes, { from, to, aborted });
        expect(records).toEqual(slow.records.map(asCollected));
      },
    ),
    { numRuns: 150 },
  );
});

test.each(producers)('reads what $client writes with $codec', async ({ records, codec }) => {
  const bytes = Buffer.from(records, 'base64');
  const { batches } = scanBatches(bytes, origin);
  expect(batches.map((batch) => codecNames[batch.codec])).toEqual(batches.map(() => codec));
  const { records: found } = await decode(bytes);
  expect(found).toEqual(
    Array.from({ length: 40 }, (_, i) => ({
      offset: i,
      timestampMs: 1_700_000_000_000 + i * 7,
      key: i % 3 === 0 ? null : `key-${i}`,
      value: i === 5 ? null : `{"n":${i},"text":"${'sluice '.repeat(i % 4)}"}`,
    })),
  );
});

test('a changed byte is CORRUPT_RECORDS with topic, partition and offset', async () => {
  for (const codec of ['none', 'lz4'] as const) {
    const bytes = await encodeBatch(simple({ codec }));
    for (let at = 21; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x10;
      // A damaged header may make the batch look as if it were outside the range: reading all offsets shows each fault.
      await expect(decode(damaged, { from: -(2 ** 40) })).rejects.toMatchObject({
        code: 'CORRUPT_RECORDS',
        context: { topic: 't', partition: 3, offset: 10 },
      });
    }
  }
});

test('bad compressed data under a right CRC is CORRUPT_RECORDS, for each codec', async () => {
  for (const codec of ['gzip', 'snappy', 'xerial', 'lz4', 'zstd'] as const) {
    const bytes = await encodeBatch(simple({ codec }));
    bytes.fill(0xff, codec === 'xerial' ? 61 + 16 : 61);
    await expect(decode(writeCrc(bytes))).rejects.toMatchObject({
      code: 'CORRUPT_RECORDS',
      message: expect.stringContaining('t/3 at offset 10'),
    });
  }
});

test('record lengths that do not fit the batch are CORRUPT_RECORDS, not garbage', async () => {
  const bytes = await encodeBatch(simple());
  for (const [at, value] of [
    [61, 0x7e],
    [57 + 3, 4],
    [57 + 3, 2],
    [61 + 5, 0x7e],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged[at] = value;
    await expect(decode(writeCrc(damaged))).rejects.toMatchObject({ code: 'CORRUPT_RECORDS' });
  }
});

test('an unknown codec names topic, partition and offset', async () => {
  const bytes = await encodeBatch(simple());
  bytes[22] = 6;
  await expect(decode(writeCrc(bytes))).rejects.toMatchObject({
    code: 'UNSUPPORTED_CODEC',
    message: expect.stringContaining('t/3 at offset 10: compression codec 6'),
  });
});

test('message formats before v2 are refused by name', async () => {
  const bytes = await encodeBatch(simple({ magic: 1 }));
  expect(() => scanBatches(bytes, origin)).toThrow(
    expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringContaining('message format v1') }),
  );
});

test('log-append time gives every record the batch’s time', async () => {
  const { records } = await decode(await encodeBatch(simple({ appendTimeMs: 5555 })));
  expect(records.map((record) => record.timestampMs)).toEqual([5555, 5555, 5555]);
});

test('timestamps far apart and negative deltas survive', async () => {
  const times = [1_700_000_000_000, 0, 8_000_000_000_000, -1, 1_699_999_999_999];
  const records = times.map((timestampMs, i) => ({ offset: i, timestampMs, key: null, value: Buffer.from('{}') }));
  const { records: found } = await decode(await encodeBatch({ baseOffset: 0, lastOffset: 4, records }));
  expect(found.map((record) => record.timestampMs)).toEqual(times);
});

test('counts control and aborted records of the range, also of batches that reach over its edge', async () => {
  const batches = [
    simple({ producerId: 7n, transactional: true }),
    {
      baseOffset: 13,
      lastOffset: 13,
      records: [],
      producerId: 7n,
      transactional: true,
      control: 'abort',
    } satisfies TestBatch,
    simple({
      baseOffset: 14,
      lastOffset: 16,
      records: [14, 15, 16].map((offset) => ({ offset, timestampMs: 1, key: null, value: null })),
    }),
  ];
  const bytes = Buffer.concat(await Promise.all(batches.map(encodeBatch)));
  const { records, tally } = await decode(bytes, { from: 11, to: 16, aborted: [{ producerId: 7n, firstOffset: 10 }] });
  expect(records.map((record) => record.offset)).toEqual([14, 15]);
  expect(tally).toEqual({ records: 2, controlRecords: 1, abortedRecords: 2, valueBytes: 0 });
});

test('says how large a cut batch is', async () => {
  const bytes = await encodeBatch(simple());
  expect(scanBatches(bytes.subarray(0, 40), origin)).toEqual({ batches: [], neededBytes: bytes.length });
  expect(scanBatches(bytes.subarray(0, 11), origin)).toEqual({ batches: [], neededBytes: undefined });
});

test('a sink that is behind is waited for within one answer too', async () => {
  const value = Buffer.from(`{"s":"${'z'.repeat(1 << 20)}"}`);
  const batches = await Promise.all(
    Array.from({ length: 30 }, (_, offset) =>
      encodeBatch({
        baseOffset: offset,
        lastOffset: offset,
        codec: 'lz4',
        records: [{ offset, timestampMs: 0, key: null, value }],
      }),
    ),
  );
  let drains = 0;
  const sink = { ...collector(), drain: async () => void drains++ };
  const { batches: found } = scanBatches(Buffer.concat(batches), origin);
  await decodeRecordSet({ batches: found, aborted: [], from: 0, to: 30, origin, sink, tally: emptyTally() });
  expect(drains).toBe(3);
});
