import { chunkField, fileField, keyValueField, lastKnownField } from './footer-fields';
import type { Footer } from './footer';
import { describeElement } from './schema-element';
import { fieldOf, readBinary, readList, readStruct, type ThriftStruct } from './thrift-read';

export type CopyPlan = { readonly copyable: true } | { readonly copyable: false; readonly why: string };

export interface CopyRule {
  /** Compressed bytes of a row group, on average over all files, above which it is of useful size. */
  readonly minRowGroupBytes: number;
  /** Or this many rows: narrow tables and columns that compress well have small row groups of useful length. */
  readonly minRowGroupRows: number;
}

/**
 * Half a megabyte or 30,000 rows: measured, a file of such row groups is 3 to 5 % larger than one of DuckDB's usual 122,880 rows and takes no more
 * CPU to read; at a quarter of that reading begins to cost more, at 2,048 rows half as much again and twice for one column.
 */
export const defaultCopyRule: CopyRule = { minRowGroupBytes: 512 * 1024, minRowGroupRows: 30_000 };

/** `ordinal` is an i16. */
const MAX_ROW_GROUPS = 32_767;
export const arrowSchemaKey = 'ARROW:schema';

/**
 * Whether files can become one by copying their column chunks: the same schema element by element, nothing encrypted or kept in other files,
 * no field that this version does not know where offsets stand, row groups of useful size. Pure; re-encoding is always the other way.
 */
export function planCopy(footers: readonly Footer[], rule: CopyRule = defaultCopyRule): CopyPlan {
  const why =
    footers.map(ownReason).find((found) => found !== undefined) ?? difference(footers) ?? tooSmall(footers, rule);
  return why === undefined ? { copyable: true } : { copyable: false, why };
}

function ownReason(footer: Footer): string | undefined {
  if (fieldOf(footer.fields, fileField.encryptionAlgorithm) || fieldOf(footer.fields, fileField.footerSigningKey))
    return 'a file is encrypted';
  if (unknown(footer.fields, lastKnownField.file)) return unknown(footer.fields, lastKnownField.file);
  for (const { fields, chunks } of footer.rowGroups) {
    const later = unknown(fields, lastKnownField.group);
    if (later) return later;
    for (const chunk of chunks) {
      if (fieldOf(chunk.fields, chunkField.filePath)) return `column ${chunk.path} stands in another file`;
      if (fieldOf(chunk.fields, chunkField.cryptoMetadata) || fieldOf(chunk.fields, chunkField.encryptedMeta))
        return `column ${chunk.path} is encrypted`;
      const newer = unknown(chunk.fields, lastKnownField.chunk) ?? unknown(chunk.meta, lastKnownField.meta);
      if (newer) return newer;
    }
  }
  return undefined;
}

function unknown(struct: ThriftStruct, last: number): string | undefined {
  const found = struct.find(({ id }) => id < 1 || id > last);
  return found && `the footer has field ${found.id}, which is not known: it may hold an offset`;
}

function difference(footers: readonly Footer[]): string | undefined {
  const [first, ...others] = footers;
  if (!first) return 'no files';
  for (const other of others) {
    const why = schemaDifference(first, other) ?? fileDifference(first, other);
    if (why) return why;
  }
  const orders = new Set(footers.map(columnsOf).filter((columns) => columns !== undefined));
  return orders.size > 1 ? 'their columns stand in another order' : undefined;
}

function schemaDifference(a: Footer, b: Footer): string | undefined {
  if (a.schema.length !== b.schema.length)
    return `schemas differ: ${a.schema.length} elements and ${b.schema.length} elements`;
  for (const [index, element] of a.schema.entries()) {
    const [one, two] = [describeElement(element, index === 0), describeElement(b.schema[index]!, index === 0)];
    if (one.key !== two.key) return `schemas differ: ${one.text} and ${two.text}`;
  }
  return undefined;
}

/** The columns of a file's row groups in order, which parseFooter found to be the same in all of them. */
function columnsOf({ rowGroups }: Footer): string | undefined {
  return rowGroups[0]?.chunks.map(({ path }) => path).join('\n');
}

function fileDifference(a: Footer, b: Footer): string | undefined {
  if (programOf(a) !== programOf(b))
    return `written by different programs: ${a.createdBy ?? 'unnamed'} and ${b.createdBy ?? 'unnamed'}`;
  const version = (footer: Footer): string => fieldOf(footer.fields, fileField.version)?.value.toString('hex') ?? '';
  if (version(a) !== version(b)) return 'the format version differs';
  const orders = (footer: Footer): string =>
    fieldOf(footer.fields, fileField.columnOrders)?.value.toString('hex') ?? '';
  if (orders(a) !== orders(b)) return 'the order of values in statistics (column_orders) differs';
  if (keyValue(a, arrowSchemaKey) !== keyValue(b, arrowSchemaKey)) return `their ${arrowSchemaKey} entries differ`;
  return undefined;
}

/** `DuckDB` of `DuckDB version v1.5.5 (build d8cdaa33fd)`: readers judge by it which statistics to trust. */
function programOf({ createdBy }: Footer): string {
  return (createdBy ?? '').split(/\s+version\s+/i)[0]!;
}

/** The entries of key_value_metadata: the encoded ones by key, in order. A key given twice counts as its last. */
export function keyValues(footer: Footer): ReadonlyMap<string, Buffer> {
  const field = fieldOf(footer.fields, fileField.keyValues);
  const entries = field ? readList(field.value).items : [];
  return new Map(
    entries.map((entry) => {
      const key = fieldOf(readStruct(entry), keyValueField.key);
      return [key ? readBinary(key.value).toString('utf8') : '', entry];
    }),
  );
}

function keyValue(footer: Footer, key: string): string | undefined {
  return keyValues(footer).get(key)?.toString('base64');
}

function tooSmall(footers: readonly Footer[], { minRowGroupBytes, minRowGroupRows }: CopyRule): string | undefined {
  const groups = footers.flatMap(({ rowGroups }) => rowGroups);
  if (groups.length === 0) return 'no rows';
  if (groups.length > MAX_ROW_GROUPS) return `${groups.length} row groups, more than ${MAX_ROW_GROUPS} in one file`;
  const mean = (of: (group: (typeof groups)[number]) => number): number =>
    groups.reduce((sum, group) => sum + of(group), 0) / groups.length;
  const [bytes, rows] = [mean(({ sizeBytes }) => sizeBytes), mean((group) => group.rows)];
  return bytes >= minRowGroupBytes || rows >= minRowGroupRows
    ? undefined
    : `row groups too small: ${Math.round(rows)} rows and ${Math.round(bytes)} bytes on average`;
}
