import { isSluiceError } from '../base/errors';

/**
 * DuckDB allocates two read buffers of this size per thread, and they count against its memory limit: so the usual buffer is small
 * (Kafka's own default limit is 1 MB a value) and lines beyond it are read by another try.
 */
const LIMITS_BYTES = [8 << 20, 64 << 20, 512 << 20] as const;

/** Runs a statement that reads lines with larger and larger buffers until its longest line fits. `read` is given `maximum_object_size`. */
export async function withLineLimit<T>(read: (maxLineBytes: number) => Promise<T>): Promise<T> {
  for (const limit of LIMITS_BYTES.slice(0, -1)) {
    try {
      return await read(limit);
    } catch (error) {
      if (!isSluiceError(error) || !error.message.includes('maximum_object_size')) throw error;
    }
  }
  return read(LIMITS_BYTES.at(-1)!);
}
