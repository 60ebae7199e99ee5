import type { FileHandle } from 'node:fs/promises';
import type { Footer, Span } from './footer';
import { shiftOffsetIndex } from './offset-index';
import { readExactly } from './read-footer';

/** A column chunk's page indexes, ready to be written. */
export interface PageIndexes {
  readonly columnIndex: Buffer | undefined;
  readonly offsetIndex: Buffer | undefined;
}

/** Page indexes are held in memory until the last row group is written; real ones are a thousandth of the file. */
const MAX_INDEX_BYTES = 64 * 1024 ** 2;

/** Page indexes are kept when every column chunk of every file has an offset index: readers take a file to have all or none. Pure. */
export function keepPageIndexes(footers: readonly Footer[]): boolean {
  const chunks = footers.flatMap(({ rowGroups }) => rowGroups.flatMap((group) => group.chunks));
  const bytes = chunks.reduce(
    (sum, { columnIndex, offsetIndex }) => sum + (columnIndex?.length ?? 0) + (offsetIndex?.length ?? 0),
    0,
  );
  return chunks.every(({ offsetIndex }) => offsetIndex !== undefined) && bytes <= MAX_INDEX_BYTES;
}

/** The page indexes of a file by row group and column, offset indexes moved by `shift`; none of them unless `keep`. */
export async function readPageIndexes(
  source: FileHandle,
  { rowGroups }: Footer,
  { shift, keep }: { readonly shift: number; readonly keep: boolean },
): Promise<readonly (readonly PageIndexes[])[]> {
  const chunks = keep ? rowGroups.flatMap((group) => group.chunks) : [];
  const read = await spanReader(
    source,
    chunks.flatMap(({ columnIndex, offsetIndex }) => [columnIndex, offsetIndex]).filter((span) => span !== undefined),
  );
  return rowGroups.map((group) =>
    group.chunks.map(({ columnIndex, offsetIndex, pages }) => ({
      columnIndex: keep && columnIndex ? read(columnIndex) : undefined,
      offsetIndex: keep && offsetIndex ? shiftOffsetIndex(read(offsetIndex), shift, pages) : undefined,
    })),
  );
}

/** One read for all spans where they stand together, as they do in every known writer's files. */
async function spanReader(source: FileHandle, spans: readonly Span[]): Promise<(span: Span) => Buffer> {
  if (spans.length === 0) return () => Buffer.alloc(0);
  const start = spans.reduce((least, span) => Math.min(least, span.start), Infinity);
  const end = spans.reduce((most, span) => Math.max(most, span.start + span.length), 0);
  if (end - start <= MAX_INDEX_BYTES) {
    const bytes = await readExactly(source, start, end - start);
    return (span) => bytes.subarray(span.start - start, span.start - start + span.length);
  }
  const apart = new Map<Span, Buffer>();
  for (const span of spans) apart.set(span, await readExactly(source, span.start, span.length));
  return (span) => apart.get(span)!;
}
