import { SluiceError } from '../base/errors';
import type { RecordOrigin, RecordSink } from './records';
import { VarintReader } from './varint';

/** Record batch v2 (Kafka protocol guide, "Record Batch"): positions of the header's fields. */
const AT = {
  baseOffset: 0,
  batchLength: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  recordCount: 57,
  records: 61,
} as const;

/** `batchLength` counts from here on. */
const LENGTH_PREFIX_BYTES = 12;

const ATTRIBUTE = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

export interface RecordBatch {
  /** The fetched bytes that hold the batch at [start, end). */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  /** Stays what the producer wrote, also when compaction took records away. */
  readonly lastOffset: number;
  readonly codec: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly producerId: bigint;
  readonly recordCount: number;
}

/**
 * Finds the whole batches of a fetch answer. A batch cut off at the end is normal and left out; `neededBytes` is then its full
 * size, if that can be seen. Throws NOT_SUPPORTED for message formats before v2 and CORRUPT_RECORDS for impossible lengths.
 */
export function scanBatches(
  bytes: Buffer,
  origin: RecordOrigin,
): { readonly batches: readonly RecordBatch[]; readonly neededBytes: number | undefined } {
  const batches: RecordBatch[] = [];
  let start = 0;
  while (bytes.length - start >= LENGTH_PREFIX_BYTES) {
    const sizeBytes = LENGTH_PREFIX_BYTES + bytes.readInt32BE(start + AT.batchLength);
    const magicSeen = bytes.length - start > AT.magic;
    if (magicSeen && bytes[start + AT.magic] !== 2) throw oldFormat(bytes, start, origin);
    if (sizeBytes < AT.records)
      throw corrupt(
        `a batch of ${sizeBytes} bytes, expected at least ${AT.records}`,
        readOffset(bytes, start, origin),
        origin,
      );
    if (start + sizeBytes > bytes.length) return { batches, neededBytes: sizeBytes };
    batches.push(readHeader(bytes, start, start + sizeBytes, origin));
    start += sizeBytes;
  }
  return { batches, neededBytes: undefined };
}

function readHeader(bytes: Buffer, start: number, end: number, origin: RecordOrigin): RecordBatch {
  const attributes = bytes.readInt16BE(start + AT.attributes);
  const baseOffset = readOffset(bytes, start, origin);
  return {
    bytes,
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(start + AT.lastOffsetDelta),
    codec: attributes & ATTRIBUTE.codec,
    transactional: (attributes & ATTRIBUTE.transactional) !== 0,
    control: (attributes & ATTRIBUTE.control) !== 0,
    producerId: bytes.readBigInt64BE(start + AT.producerId),
    recordCount: bytes.readInt32BE(start + AT.recordCount),
  };
}

/** What the batch's checksum covers: from the attributes to its end. */
export function checkedBytes(batch: RecordBatch): Buffer {
  return batch.bytes.subarray(batch.start + AT.attributes, batch.end);
}

export function storedCrc(batch: RecordBatch): number {
  return batch.bytes.readUInt32BE(batch.start + AT.crc);
}

/** The records, still compressed. */
export function recordBytes(batch: RecordBatch): Buffer {
  return batch.bytes.subarray(batch.start + AT.records, batch.end);
}

/**
 * Calls `sink` for each record of the batch in [from, to), in offset order; returns how many there were. `records` is the batch's
 * record area, uncompressed. Throws CORRUPT_RECORDS when the lengths inside it do not agree: a record is never half read.
 */
export function decodeRecords(input: {
  readonly batch: RecordBatch;
  readonly records: Buffer;
  readonly from: number;
  readonly to: number;
  readonly origin: RecordOrigin;
  readonly sink: RecordSink;
}): { readonly records: number; readonly valueBytes: number } {
  const { batch, records: bytes, from, to, sink, origin } = input;
  const { baseOffset, recordCount } = batch;
  const header = batch.bytes;
  const appendTime = (header.readInt16BE(batch.start + AT.attributes) & ATTRIBUTE.logAppendTime) !== 0;
  const timestampBase = readInt64(header, batch.start + (appendTime ? AT.maxTimestamp : AT.baseTimestamp));
  const reader = new VarintReader(bytes, 0);
  let cut = false;
  let count = 0;
  let valueBytes = 0;
  for (let i = 0; i < recordCount; i++) {
    const length = reader.readVarint();
    const start = reader.position;
    const end = start + length;
    reader.position++; // attributes of a record: unused in v2
    const timestampDelta = reader.readVarint();
    const offset = baseOffset + reader.readVarint();
    const keyLength = reader.readVarint();
    const keyStart = keyLength < 0 ? -1 : reader.position;
    const keyEnd = keyLength < 0 ? -1 : keyStart + keyLength;
    if (keyLength > 0) reader.position = keyEnd;
    const valueLength = reader.readVarint();
    const valueStart = valueLength < 0 ? -1 : reader.position;
    const valueEnd = valueLength < 0 ? -1 : valueStart + valueLength;
    if (length < 0 || end > bytes.length || reader.position > end || valueEnd > end || offset > batch.lastOffset) {
      throw corrupt(`record ${i} of the batch at ${baseOffset} has lengths that do not fit it`, baseOffset, origin);
    }
    reader.position = end; // headers are skipped
    if (offset < from) continue;
    if (offset >= to) {
      cut = true;
      break;
    }
    sink.record(
      offset,
      appendTime ? timestampBase : timestampBase + timestampDelta,
      bytes,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
    );
    count++;
    if (valueLength > 0) valueBytes += valueLength;
  }
  if (!cut && reader.position !== bytes.length) {
    throw corrupt(
      `the batch holds ${bytes.length} bytes of records, expected ${reader.position} for its ${recordCount}`,
      baseOffset,
      origin,
    );
  }
  return { records: count, valueBytes };
}

/** True for the marker that ends an aborted transaction (control record key: int16 version, int16 type; 0 is abort). */
export function isAbortMarker(batch: RecordBatch): boolean {
  let type = -1;
  const sink: RecordSink = {
    record(_offset, _timestampMs, bytes, keyStart, keyEnd) {
      if (keyEnd - keyStart >= 4) type = bytes.readInt16BE(keyStart + 2);
    },
  };
  decodeRecords({
    batch,
    records: recordBytes(batch),
    from: 0,
    to: Infinity,
    origin: { topic: '', partition: -1 },
    sink,
  });
  return type === 0;
}

/** The error for bytes that are not what their batch says. */
export function corrupt(
  what: string,
  offset: number,
  { topic, partition }: RecordOrigin,
  cause?: unknown,
): SluiceError {
  return new SluiceError('CORRUPT_RECORDS', `${topic}/${partition} at offset ${offset}: ${what}`, {
    cure: 'Check the broker’s disk and its log for this partition; restore the partition from a replica, then start again.',
    context: { topic, partition, offset },
    cause,
  });
}

function oldFormat(bytes: Buffer, start: number, origin: RecordOrigin): SluiceError {
  const { topic, partition } = origin;
  const offset = readOffset(bytes, start, origin);
  return new SluiceError(
    'NOT_SUPPORTED',
    `${topic}/${partition} at offset ${offset}: message format v${bytes[start + AT.magic]}, expected v2`,
    {
      cure: 'Copy the topic with a producer of Kafka 0.11 or newer.',
      context: { topic, partition, offset },
    },
  );
}

/** Offsets are numbers on the hot path: exact below 2^53, which is asserted here. */
function readOffset(bytes: Buffer, at: number, origin: RecordOrigin): number {
  const offset = readInt64(bytes, at);
  if (!Number.isSafeInteger(offset) || offset < 0) throw corrupt('an offset outside 0..2^53', offset, origin);
  return offset;
}

function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
