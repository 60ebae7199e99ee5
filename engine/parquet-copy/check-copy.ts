import { open } from 'node:fs/promises';
import { SluiceError } from '../../base/errors';
import type { CopySource } from './copy-parquet';
import { chunkField, fileField, groupField, metaField } from './footer-fields';
import { magic, type ColumnChunk, type Footer, type RowGroup } from './footer';
import { keepPageIndexes, readPageIndexes } from './page-indexes';
import { keyValues } from './plan-copy';
import { readFooter, readInto } from './read-footer';
import { fieldOf, readInteger, type ThriftField, type ThriftStruct } from './thrift-read';

export interface CheckCopyInput {
  readonly sources: readonly CopySource[];
  readonly target: string;
  readonly signal?: AbortSignal;
}

const BUFFER_BYTES = 4 * 1024 ** 2;

/**
 * Reads a copy back from the disk and compares it with its sources: every byte of every column chunk, what the footer says of each (statistics,
 * encodings, counts) with offsets moved by one distance a file, page indexes, schema and rows. Equal bytes decode to equal rows, so nothing is decoded.
 * Throws AUDIT_FAILED.
 */
export async function checkCopy({ sources, target, signal }: CheckCopyInput): Promise<void> {
  const copy = await readFooter(target);
  const footers = sources.map(({ footer }) => footer);
  compareSchemas(copy, footers, target);
  compareFiles(copy, footers, target);
  const keep = keepPageIndexes(footers);
  const indexes = await pageIndexes(target, copy, { shift: 0, keep });
  let next = 0;
  let start = magic.length;
  for (const { path, footer } of sources) {
    const shift = start - magic.length;
    const groups = copy.rowGroups.slice(next, next + footer.rowGroups.length);
    if (groups.length < footer.rowGroups.length) throw different(target, `it lacks row groups of ${path}`);
    for (const [index, group] of footer.rowGroups.entries())
      compareRowGroups(group, groups[index]!, shift, `${target}, row group ${next + index}`);
    if (!sameIndexes(await pageIndexes(path, footer, { shift, keep }), indexes.slice(next)))
      throw different(target, `its page indexes of ${path} differ`);
    await compareBytes({ path, target, start, length: footer.bodyEnd - magic.length }, signal);
    next += footer.rowGroups.length;
    start += footer.bodyEnd - magic.length;
  }
  if (next !== copy.rowGroups.length) throw different(target, `it has ${copy.rowGroups.length - next} row groups more`);
}

/** What the whole file says: of a column's values (column_orders), of its program, and in key-value entries. */
function compareFiles(copy: Footer, sources: readonly Footer[], target: string): void {
  for (const source of sources) {
    for (const id of [fileField.version, fileField.columnOrders])
      if (!equalFields(fieldOf(copy.fields, id), fieldOf(source.fields, id)))
        throw different(target, `field ${id} of the footer differs`);
    const entries = keyValues(source);
    for (const [key, entry] of keyValues(copy))
      if (!entries.get(key)?.equals(entry)) throw different(target, `its entry ${key} differs`);
  }
  if (!sources.some(({ createdBy }) => createdBy === copy.createdBy)) throw different(target, 'its created_by differs');
}

function equalFields(a: ThriftField | undefined, b: ThriftField | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.type === b.type && a.value.equals(b.value);
}

function compareSchemas(copy: Footer, sources: readonly Footer[], target: string): void {
  const [first] = sources;
  if (
    !first ||
    copy.schema.length !== first.schema.length ||
    !copy.schema.every((item, i) => item.equals(first.schema[i]!))
  )
    throw different(target, 'its schema differs');
  const rows = sources.reduce((sum, footer) => sum + footer.rows, 0);
  if (copy.rows !== rows) throw different(target, `it has ${copy.rows} rows, expected ${rows}`);
}

function compareRowGroups(was: RowGroup, is: RowGroup, shift: number, where: string): void {
  sameFields(
    was.fields,
    is.fields,
    { shift, moved: [groupField.fileOffset], other: [groupField.columns, groupField.ordinal] },
    where,
  );
  if (was.chunks.length !== is.chunks.length) throw different(where, `it has ${is.chunks.length} columns`);
  for (const [index, chunk] of was.chunks.entries())
    compareChunks(chunk, is.chunks[index]!, shift, `${where}, column ${chunk.path}`);
}

const indexFields = [
  chunkField.columnIndexOffset,
  chunkField.columnIndexLength,
  chunkField.offsetIndexOffset,
  chunkField.offsetIndexLength,
];
const movedInMeta = [
  metaField.dataPageOffset,
  metaField.indexPageOffset,
  metaField.dictionaryPageOffset,
  metaField.bloomFilterOffset,
];

function compareChunks(was: ColumnChunk, is: ColumnChunk, shift: number, where: string): void {
  sameFields(
    was.fields,
    is.fields,
    { shift, moved: [chunkField.fileOffset], other: [chunkField.meta, ...indexFields] },
    where,
  );
  sameFields(was.meta, is.meta, { shift, moved: movedInMeta, other: [] }, where);
}

interface Expected {
  readonly shift: number;
  /** Fields that hold offsets: 0 stays, all others move. */
  readonly moved: readonly number[];
  /** Fields that are compared elsewhere. */
  readonly other: readonly number[];
}

function sameFields(was: ThriftStruct, is: ThriftStruct, { shift, moved, other }: Expected, where: string): void {
  const ids = new Set([...was, ...is].map(({ id }) => id).filter((id) => !other.includes(id)));
  for (const id of ids) {
    const [one, two] = [fieldOf(was, id), fieldOf(is, id)];
    const equal =
      one && two && moved.includes(id)
        ? readInteger(two.value) === (readInteger(one.value) === 0 ? 0 : readInteger(one.value) + shift)
        : equalFields(one, two);
    if (!equal) throw different(where, `field ${id} of the footer differs`);
  }
}

async function pageIndexes(
  path: string,
  footer: Footer,
  options: { readonly shift: number; readonly keep: boolean },
): ReturnType<typeof readPageIndexes> {
  const handle = await open(path, 'r');
  try {
    return await readPageIndexes(handle, footer, options);
  } finally {
    await handle.close();
  }
}

type Indexes = Awaited<ReturnType<typeof readPageIndexes>>;

/** The first row groups of `is` have the indexes of `was`. */
function sameIndexes(was: Indexes, is: Indexes): boolean {
  const equal = (a: Buffer | undefined, b: Buffer | undefined): boolean => (a && b ? a.equals(b) : a === b);
  return was.every((group, g) =>
    group.every(({ columnIndex, offsetIndex }, c) => {
      const found = is[g]?.[c];
      return found && equal(columnIndex, found.columnIndex) && equal(offsetIndex, found.offsetIndex);
    }),
  );
}

interface Bytes {
  readonly path: string;
  readonly target: string;
  /** Of the body in the target; in the source it stands behind the magic. */
  readonly start: number;
  readonly length: number;
}

async function compareBytes({ path, target, start, length }: Bytes, signal: AbortSignal | undefined): Promise<void> {
  const [source, copy] = [await open(path, 'r'), await open(target, 'r')];
  try {
    const [one, two] = [Buffer.allocUnsafe(BUFFER_BYTES), Buffer.allocUnsafe(BUFFER_BYTES)];
    for (let at = 0; at < length; at += BUFFER_BYTES) {
      signal?.throwIfAborted();
      const size = Math.min(BUFFER_BYTES, length - at);
      const [was, is] = [one.subarray(0, size), two.subarray(0, size)];
      await readInto(source, was, magic.length + at);
      await readInto(copy, is, start + at);
      if (!was.equals(is)) throw different(target, `its bytes from ${start + at} on differ from those of ${path}`);
    }
  } finally {
    await source.close();
    await copy.close();
  }
}

function different(where: string, what: string): SluiceError {
  return new SluiceError('AUDIT_FAILED', `${where}: a copy of column chunks is not what was copied: ${what}`, {
    cure: 'Nothing was published. Look at the disk; if it is sound this is a defect: keep the files and report it.',
  });
}
