import { gunzipSync } from 'node:zlib';
import { decompress as decompressZstd } from '@mongodb-js/zstd';
import { decompressFrame } from 'lz4-napi';
import { uncompress } from 'snappy';

/** The plain twin of stream/record-set.ts: everything read in full, with bigint, one object per record. It decides who is right. */

export interface SlowRecord {
  readonly offset: bigint;
  readonly timestampMs: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export async function slowDecode(input: {
  bytes: Buffer;
  aborted: readonly { producerId: bigint; firstOffset: number }[];
  from: bigint;
  to: bigint;
}): Promise<{ records: SlowRecord[]; next: bigint }> {
  const records: SlowRecord[] = [];
  const ended = new Map<string, number>();
  let next = input.from;
  let rest = input.bytes;
  while (rest.length >= 12 && rest.length >= 12 + rest.readInt32BE(8)) {
    const batch = rest.subarray(0, 12 + rest.readInt32BE(8));
    rest = rest.subarray(batch.length);
    if (slowCrc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new Error('crc');
    const base = batch.readBigInt64BE(0);
    const last = base + BigInt(batch.readInt32BE(23));
    const attributes = batch.readInt16BE(21);
    const producer = String(batch.readBigInt64BE(43));
    if (last + 1n > next) next = last + 1n;
    const inside = await readAll(batch);
    if (attributes & 32) {
      const isAbort = inside[0]!.key!.readInt16BE(2) === 0;
      if (isAbort) ended.set(producer, (ended.get(producer) ?? 0) + 1);
      continue;
    }
    // Of this producer's aborted transactions, those begun by now and not yet ended: an entry that begins at or before this batch.
    const begun = input.aborted.filter(
      (entry) => String(entry.producerId) === producer && BigInt(entry.firstOffset) <= last,
    ).length;
    if (attributes & 16 && begun > (ended.get(producer) ?? 0)) continue;
    records.push(...inside.filter(({ offset }) => offset >= input.from && offset < input.to));
  }
  return { records, next };
}

async function readAll(batch: Buffer): Promise<SlowRecord[]> {
  const attributes = batch.readInt16BE(21);
  const body = await open(attributes & 7, batch.subarray(61));
  const found: SlowRecord[] = [];
  let at = 0;
  const varint = (): bigint => {
    let raw = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body.readUInt8(at++);
      raw |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >> 1n) ^ -(raw & 1n);
    }
  };
  const data = (): Buffer | null => {
    const length = Number(varint());
    if (length < 0) return null;
    at += length;
    return body.subarray(at - length, at);
  };
  for (let left = batch.readInt32BE(57); left > 0; left--) {
    const length = Number(varint());
    const end = at + length;
    at++;
    const timestamp = batch.readBigInt64BE(27) + varint();
    const offset = batch.readBigInt64BE(0) + varint();
    const key = data();
    const value = data();
    found.push({ offset, timestampMs: attributes & 8 ? batch.readBigInt64BE(35) : timestamp, key, value });
    at = end;
  }
  return found;
}

async function open(codec: number, data: Buffer): Promise<Buffer> {
  if (codec === 1) return gunzipSync(data);
  if (codec === 2) return snappy(data);
  if (codec === 3) return decompressFrame(data);
  if (codec === 4) return decompressZstd(data);
  return data;
}

async function snappy(data: Buffer): Promise<Buffer> {
  if (data.toString('latin1', 1, 7) !== 'SNAPPY') return (await uncompress(data)) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = 16; at < data.length; at += 4 + data.readInt32BE(at)) {
    blocks.push((await uncompress(data.subarray(at + 4, at + 4 + data.readInt32BE(at)))) as Buffer);
  }
  return Buffer.concat(blocks);
}

/** Bit by bit, reflected polynomial 0x82f63b78. */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
