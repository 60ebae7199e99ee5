import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { magic, type Footer, type Span } from './footer';
import { mergeFooters, type IndexPlaces } from './merge-footers';
import { keepPageIndexes, readPageIndexes, type PageIndexes } from './page-indexes';
import { readInto } from './read-footer';
import { corrupt } from './thrift-read';

export interface CopySource {
  readonly path: string;
  readonly footer: Footer;
}

export interface CopyParquetInput {
  /** In the order that their rows shall have. Of them planCopy must have said that they can be copied. */
  readonly sources: readonly CopySource[];
  /** Path of the new file, replaced if there is one. A copy that fails leaves none. */
  readonly target: string;
  readonly signal?: AbortSignal;
}

export interface CopiedParquet {
  readonly sizeBytes: number;
  readonly rows: number;
  /** Where row groups begin, ascending: Iceberg's split_offsets. */
  readonly splitOffsets: readonly number[];
  /** Of the whole file, in hex. */
  readonly sha256: string;
}

const BUFFER_BYTES = 4 * 1024 ** 2;

/**
 * Writes one Parquet file that holds the row groups of others: their bytes as they are, one file after the other, then their page indexes and a
 * new footer. Memory: one buffer of 4 MiB, the footers and the page indexes. Equal sources in equal order give equal bytes.
 * Throws CORRUPT_FILE when a source is not the file that its footer was read from.
 */
export async function copyParquet({ sources, target, signal }: CopyParquetInput): Promise<CopiedParquet> {
  const handle = await open(target, 'w');
  try {
    return await writeAll(handle, sources, signal);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

interface Output {
  /** Bytes written so far. */
  readonly at: () => number;
  write(bytes: Buffer): Promise<void>;
}

async function writeAll(
  handle: FileHandle,
  sources: readonly CopySource[],
  signal: AbortSignal | undefined,
): Promise<CopiedParquet> {
  const hash = createHash('sha256');
  let position = 0;
  const output: Output = {
    at: () => position,
    async write(bytes) {
      hash.update(bytes);
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
      position += bytes.length;
    },
  };
  const withIndexes = keepPageIndexes(sources.map(({ footer }) => footer));
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const moved: { footer: Footer; shift: number; indexes: readonly (readonly PageIndexes[])[] }[] = [];
  await output.write(magic);
  for (const { path, footer } of sources) {
    const shift = output.at() - magic.length;
    const source = await open(path, 'r');
    try {
      await refuseOther(source, path, footer);
      for (let at = magic.length; at < footer.bodyEnd; at += buffer.length) {
        signal?.throwIfAborted();
        const piece = buffer.subarray(0, Math.min(buffer.length, footer.bodyEnd - at));
        await readInto(source, piece, at);
        await output.write(piece);
      }
      moved.push({ footer, shift, indexes: await readPageIndexes(source, footer, { shift, keep: withIndexes }) });
    } finally {
      await source.close();
    }
  }
  const places = await writeIndexes(
    output,
    moved.map(({ indexes }) => indexes),
  );
  const footer = mergeFooters(moved.map(({ footer, shift }, index) => ({ footer, shift, indexes: places[index]! })));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  await output.write(Buffer.concat([footer, length, magic]));
  return {
    sizeBytes: output.at(),
    rows: sources.reduce((sum, { footer: { rows } }) => sum + rows, 0),
    splitOffsets: moved.flatMap(({ footer: { rowGroups }, shift }) =>
      rowGroups.map(({ chunks }) => Math.min(...chunks.map(({ pages }) => pages.start)) + shift),
    ),
    sha256: hash.digest('hex'),
  };
}

async function refuseOther(source: FileHandle, path: string, footer: Footer): Promise<void> {
  const { size } = await source.stat();
  if (size !== footer.fileSizeBytes)
    throw corrupt(`${path} has ${size} bytes, its footer was read when it had ${footer.fileSizeBytes}`);
}

type Indexes = readonly (readonly PageIndexes[])[];
type Places = readonly (readonly IndexPlaces[])[];

/** All column indexes, then all offset indexes, as writers do: readers fetch each kind in one piece. */
async function writeIndexes(output: Output, files: readonly Indexes[]): Promise<readonly Places[]> {
  const columnIndexes = await writeKind(output, files, ({ columnIndex }) => columnIndex);
  const offsetIndexes = await writeKind(output, files, ({ offsetIndex }) => offsetIndex);
  return files.map((file, f) =>
    file.map((group, g) =>
      group.map((_, c) => ({ columnIndex: columnIndexes[f]![g]![c], offsetIndex: offsetIndexes[f]![g]![c] })),
    ),
  );
}

async function writeKind(
  output: Output,
  files: readonly Indexes[],
  kind: (indexes: PageIndexes) => Buffer | undefined,
): Promise<readonly (readonly (readonly (Span | undefined)[])[])[]> {
  const pieces: Buffer[] = [];
  let end = output.at();
  const spans = files.map((file) =>
    file.map((group) =>
      group.map((indexes) => {
        const bytes = kind(indexes);
        if (!bytes) return undefined;
        pieces.push(bytes);
        end += bytes.length;
        return { start: end - bytes.length, length: bytes.length };
      }),
    ),
  );
  if (pieces.length > 0) await output.write(Buffer.concat(pieces));
  return spans;
}
