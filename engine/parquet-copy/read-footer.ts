import { open, type FileHandle } from 'node:fs/promises';
import { isSluiceError, SluiceError } from '../../base/errors';
import { encryptedMagic, magic, parseFooter, tailBytes, type Footer } from './footer';
import { corrupt } from './thrift-read';

/** Covers most footers in one read. */
const FIRST_READ_BYTES = 64 * 1024;
/** A footer is held and taken apart in memory; the largest real ones are some ten megabytes. */
const MAX_FOOTER_BYTES = 128 * 1024 ** 2;

/**
 * The footer of a local Parquet file.
 * Throws CORRUPT_FILE with the path for a file that is no Parquet or is cut or damaged, NOT_SUPPORTED for an encrypted footer.
 */
export async function readFooter(path: string): Promise<Footer> {
  const handle = await open(path, 'r');
  try {
    return await footerOf(handle);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    throw new SluiceError(error.code, `${path}: ${error.message}`, {
      cause: error,
      ...(error.cure === undefined ? {} : { cure: error.cure }),
    });
  } finally {
    await handle.close();
  }
}

async function footerOf(handle: FileHandle): Promise<Footer> {
  const { size } = await handle.stat();
  if (size < 2 * magic.length + 4) throw corrupt(`a file of ${size} bytes`);
  const head = await readExactly(handle, 0, magic.length);
  const end = await readExactly(handle, Math.max(0, size - FIRST_READ_BYTES), Math.min(size, FIRST_READ_BYTES));
  const tail = end.subarray(end.length - tailBytes);
  const [length, last] = [tail.readUInt32LE(0), tail.subarray(4)];
  if (last.equals(encryptedMagic))
    throw new SluiceError('NOT_SUPPORTED', 'the footer is encrypted (PARE)', {
      cure: 'Write the file without encryption.',
    });
  if (!last.equals(magic)) throw corrupt(`the file ends with ${last.toString('hex')}, expected PAR1: it may be cut`);
  if (!head.equals(magic)) throw corrupt(`the file begins with ${head.toString('hex')}, expected PAR1`);
  if (length > size - tailBytes - magic.length) throw corrupt(`${length} bytes long in a file of ${size}`);
  if (length > MAX_FOOTER_BYTES) throw corrupt(`${length} bytes long, more than ${MAX_FOOTER_BYTES}`);
  const bytes =
    length + tailBytes <= end.length
      ? // A copy: the view would keep the whole first read in memory, once a file.
        Buffer.from(end.subarray(end.length - tailBytes - length, end.length - tailBytes))
      : await readExactly(handle, size - tailBytes - length, length);
  return parseFooter(bytes, size);
}

/** Throws CORRUPT_FILE when the file ends before. */
export async function readExactly(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  await readInto(handle, buffer, start);
  return buffer;
}

export async function readInto(handle: FileHandle, buffer: Buffer, start: number): Promise<void> {
  for (let done = 0; done < buffer.length;) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
    if (bytesRead === 0) throw corrupt(`the file ends at byte ${start + done}, expected ${start + buffer.length}`);
    done += bytesRead;
  }
}
