import { compress as compressZstd, decompress as decompressZstd } from '@mongodb-js/zstd';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import type { CodecName } from '../compression';
import { decompressSnappy } from '../xerial';

/** What kafkajs hands to a codec. */
interface Encoder {
  readonly buffer: Buffer;
}

/** kafkajs has only gzip; this adds the other three to its global table. May be called again. */
export function registerKafkajsCodecs(): void {
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({ buffer }: Encoder) => compressFrameSync(buffer),
    decompress: async (data: Buffer) => decompressFrameSync(data),
  });
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: Encoder) => compressSnappy(buffer),
    decompress: async (data: Buffer) => decompressSnappy(data),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: Encoder) => compressZstd(buffer),
    decompress: async (data: Buffer) => decompressZstd(data),
  });
}

export const kafkajsCompression: Readonly<Record<CodecName, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
