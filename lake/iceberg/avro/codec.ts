import zlib from 'node:zlib';
import { uncompressSync as snappyUncompress } from 'snappy';
import { decompress as zstdDecompress } from '@mongodb-js/zstd';
import { corrupt } from './decode';

/** What we write. Others may use snappy or zstandard, which are read. */
export type WriteCodec = 'null' | 'deflate';

/** Level 6 by name, not by default: equal input must give equal bytes. */
export function compressBlock(codec: WriteCodec, block: Buffer): Buffer {
  return codec === 'deflate' ? zlib.deflateRawSync(block, { level: 6 }) : block;
}

/** Throws UNSUPPORTED_TABLE for a codec that Avro does not name or that is not read here. */
export async function decompressBlock(codec: string, block: Buffer): Promise<Buffer> {
  switch (codec) {
    case 'null':
      return block;
    case 'deflate':
      return zlib.inflateRawSync(block);
    case 'snappy': // raw snappy, then 4 bytes of CRC32
      return Buffer.from(snappyUncompress(block.subarray(0, block.length - 4)) as Buffer);
    case 'zstandard':
      return zstdDecompress(block);
    default:
      throw corrupt(`compression codec "${codec}"; expected null, deflate, snappy or zstandard`);
  }
}
