import { gzipSync } from 'node:zlib';
import { compress as compressZstd } from '@mongodb-js/zstd';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import type { CodecName } from '../../../stream/compression';
import { codecNames } from '../../../stream/compression';
import { slowCrc32c } from './slow-decoder';

export interface TestRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer | null])[];
}

export interface TestBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly records: readonly TestRecord[];
  readonly codec?: CodecName | 'xerial';
  /** Set: log-append time. */
  readonly appendTimeMs?: number;
  readonly producerId?: bigint;
  readonly transactional?: boolean;
  readonly control?: 'commit' | 'abort';
  readonly magic?: number;
}

/** Writes a record batch v2 as a producer or a log cleaner would: plain, by the protocol guide. */
export async function encodeBatch(batch: TestBatch): Promise<Buffer> {
  const { baseOffset, lastOffset, codec = 'none', appendTimeMs } = batch;
  const records = batch.control ? [marker(batch)] : batch.records;
  const baseTimestamp = records[0]?.timestampMs ?? 0;
  const plain = Buffer.concat(records.map((record) => encodeRecord(record, baseOffset, baseTimestamp)));
  const body = await compress(codec, plain);
  const bytes = Buffer.alloc(61 + body.length);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(3, 12);
  bytes.writeInt8(batch.magic ?? 2, 16);
  const codecBits = codecNames.indexOf(codec === 'xerial' ? 'snappy' : codec);
  bytes.writeInt16BE(
    codecBits | (appendTimeMs === undefined ? 0 : 8) | (batch.transactional ? 16 : 0) | (batch.control ? 32 : 0),
    21,
  );
  bytes.writeInt32BE(lastOffset - baseOffset, 23);
  bytes.writeBigInt64BE(BigInt(baseTimestamp), 27);
  bytes.writeBigInt64BE(BigInt(appendTimeMs ?? Math.max(0, ...records.map((record) => record.timestampMs))), 35);
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43);
  bytes.writeInt16BE(0, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(records.length, 57);
  body.copy(bytes, 61);
  bytes.writeUInt32BE(slowCrc32c(bytes.subarray(21)), 17);
  return bytes;
}

function marker({ baseOffset, control }: TestBatch): TestRecord {
  const key = Buffer.from([0, 0, 0, control === 'abort' ? 0 : 1]);
  return { offset: baseOffset, timestampMs: 1_700_000_000_000, key, value: Buffer.alloc(6) };
}

function encodeRecord(
  { offset, timestampMs, key, value, headers = [] }: TestRecord,
  baseOffset: number,
  baseTimestamp: number,
): Buffer {
  const parts = [
    Buffer.from([0]),
    varint(timestampMs - baseTimestamp),
    varint(offset - baseOffset),
    bytesField(key),
    bytesField(value),
    varint(headers.length),
  ];
  for (const [name, data] of headers) parts.push(bytesField(Buffer.from(name)), bytesField(data));
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(body.length), body]);
}

function bytesField(data: Buffer | null): Buffer {
  return data === null ? varint(-1) : Buffer.concat([varint(data.length), data]);
}

export function varint(value: number | bigint): Buffer {
  const wide = BigInt(value);
  let raw = wide >= 0n ? wide * 2n : -wide * 2n - 1n;
  const out: number[] = [];
  while (raw >= 0x80n) {
    out.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  out.push(Number(raw));
  return Buffer.from(out);
}

async function compress(codec: CodecName | 'xerial', plain: Buffer): Promise<Buffer> {
  switch (codec) {
    case 'none':
      return plain;
    case 'gzip':
      return gzipSync(plain);
    case 'snappy':
      return compressSnappy(plain);
    case 'xerial':
      return xerial(plain, 1024);
    case 'lz4':
      return compressFrameSync(plain);
    case 'zstd':
      return compressZstd(plain);
  }
}

/** snappy-java's stream with blocks of `blockBytes`. */
export function xerial(plain: Buffer, blockBytes: number): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < plain.length; at += blockBytes) {
    const block = compressSnappy(plain.subarray(at, at + blockBytes));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}
