import { uncompressSync } from 'snappy';

/** Java's snappy-java stream: 8 bytes of magic, version and compatible version (int32 each), then blocks of (int32 length, raw snappy). */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;

/** Copying is cheaper than an external buffer for batches of usual size, and safe with any runtime. */
const COPY = { asBuffer: true, copyOutputData: true } as const;

/** Decompresses snappy as any producer writes it: Java in xerial framing, librdkafka and kafkajs as one raw block. Throws on bad data. */
export function decompressSnappy(data: Buffer): Buffer {
  if (data.length < HEADER_BYTES || data.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) {
    return uncompressSync(data, COPY) as Buffer;
  }
  const blocks: Buffer[] = [];
  let at = HEADER_BYTES;
  while (at < data.length) {
    const sizeBytes = data.readInt32BE(at);
    const end = at + 4 + sizeBytes;
    if (sizeBytes < 0 || end > data.length)
      throw new RangeError(`snappy block of ${sizeBytes} bytes at ${at}, found ${data.length - at - 4}`);
    blocks.push(uncompressSync(data.subarray(at + 4, end), COPY) as Buffer);
    at = end;
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}
