import * as zlib from 'node:zlib';
import { decompress as decompressZstdAsync } from '@mongodb-js/zstd';
import { decompressFrameSync } from 'lz4-napi';
import { decompressSnappy } from './xerial';

export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CodecName = (typeof codecNames)[number];

/** Node has zstd from 22.15 on; before that a native package does it, which only works on the thread pool. */
const zstdSync = (zlib as { zstdDecompressSync?: (data: Buffer) => Buffer }).zstdDecompressSync;

/** Undoes one batch's compression. Only zstd may be asynchronous. Throws the codec's own error on bad data. */
export function decompress(codec: CodecName, data: Buffer): Buffer | Promise<Buffer> {
  switch (codec) {
    case 'none':
      return data;
    case 'gzip':
      return zlib.gunzipSync(data);
    case 'snappy':
      return decompressSnappy(data);
    case 'lz4':
      return decompressFrameSync(data);
    case 'zstd':
      return zstdSync ? zstdSync(data) : decompressZstdAsync(data);
  }
}
