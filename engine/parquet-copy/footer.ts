import { chunkField, fileField, groupField, metaField } from './footer-fields';
import { corrupt, fieldOf, readBinary, readInteger, readList, readStruct, thriftType } from './thrift-read';
import type { ThriftStruct } from './thrift-read';

export interface Span {
  readonly start: number;
  readonly length: number;
}

/** One column of one row group. Positions are bytes from the file's beginning. */
export interface ColumnChunk {
  readonly fields: ThriftStruct;
  readonly meta: ThriftStruct;
  /** `a.list.element` */
  readonly path: string;
  /** All pages, the dictionary's included. */
  readonly pages: Span;
  readonly bloomFilterOffset: number | undefined;
  readonly columnIndex: Span | undefined;
  readonly offsetIndex: Span | undefined;
}

export interface RowGroup {
  readonly fields: ThriftStruct;
  readonly rows: number;
  /** Compressed, all columns. */
  readonly sizeBytes: number;
  readonly chunks: readonly ColumnChunk[];
}

/** A footer (FileMetaData), looked into as far as copying needs; the rest stands in `fields` as it was. */
export interface Footer {
  readonly fields: ThriftStruct;
  readonly rows: number;
  /** Encoded SchemaElements, depth first, the root first. */
  readonly schema: readonly Buffer[];
  readonly rowGroups: readonly RowGroup[];
  readonly createdBy: string | undefined;
  readonly fileSizeBytes: number;
  /** Everything between the magic and this position is copied as one piece: pages, bloom filters and whatever a writer put between them. */
  readonly bodyEnd: number;
}

export const magic = Buffer.from('PAR1');
export const encryptedMagic = Buffer.from('PARE');
/** Footer length and magic. */
export const tailBytes = 8;

/**
 * Reads an encoded FileMetaData of a file of `fileSizeBytes`, and checks that what it points at lies inside the file and adds up.
 * Throws CORRUPT_FILE. Pure.
 */
export function parseFooter(bytes: Buffer, fileSizeBytes: number): Footer {
  const fields = readStruct(bytes);
  const footerStart = fileSizeBytes - tailBytes - bytes.length;
  if (footerStart < magic.length) throw corrupt(`it is ${bytes.length} bytes long in a file of ${fileSizeBytes}`);
  const schema = items(fields, fileField.schema, thriftType.struct, 'schema');
  if (schema.length === 0) throw corrupt('no schema');
  const rows = count(fields, fileField.rows, 'rows of the file');
  const rowGroups = items(fields, fileField.rowGroups, thriftType.struct, 'row groups').map((group, index) =>
    parseRowGroup(readStruct(group), index, footerStart),
  );
  const sum = rowGroups.reduce((total, group) => total + group.rows, 0);
  if (sum !== rows) throw corrupt(`${rows} rows in the file, but ${sum} in its row groups`);
  const columns = rowGroups[0]?.chunks.map(({ path }) => path).join('\n');
  for (const [index, { chunks }] of rowGroups.entries())
    if (chunks.map(({ path }) => path).join('\n') !== columns)
      throw corrupt(`row group ${index} has other columns than the first`);
  const createdBy = optional(fields, fileField.createdBy, thriftType.binary, 'created_by');
  return {
    fields,
    rows,
    schema,
    rowGroups,
    createdBy: createdBy && readBinary(createdBy).toString('utf8'),
    fileSizeBytes,
    bodyEnd: bodyEnd(rowGroups, footerStart),
  };
}

/** Where the page indexes begin, if nothing else stands behind them; else where the footer does. */
function bodyEnd(rowGroups: readonly RowGroup[], footerStart: number): number {
  const chunks = rowGroups.flatMap((group) => group.chunks);
  let contentEnd = magic.length;
  for (const { pages, bloomFilterOffset } of chunks)
    contentEnd = Math.max(
      contentEnd,
      pages.start + pages.length,
      bloomFilterOffset === undefined ? 0 : bloomFilterOffset + 1,
    );
  let end = footerStart;
  for (const { columnIndex, offsetIndex } of chunks)
    for (const index of [columnIndex, offsetIndex])
      if (index && index.start >= contentEnd) end = Math.min(end, index.start);
  return end;
}

function parseRowGroup(fields: ThriftStruct, index: number, footerStart: number): RowGroup {
  const where = `row group ${index}`;
  const rows = count(fields, groupField.rows, `rows of ${where}`);
  const chunks = items(fields, groupField.columns, thriftType.struct, `columns of ${where}`).map((chunk, column) =>
    parseChunk(readStruct(chunk), `${where}, column ${column}`, footerStart),
  );
  return { fields, rows, chunks, sizeBytes: chunks.reduce((sum, { pages }) => sum + pages.length, 0) };
}

function parseChunk(fields: ThriftStruct, where: string, footerStart: number): ColumnChunk {
  const metaBytes = optional(fields, chunkField.meta, thriftType.struct, `metadata of ${where}`);
  if (!metaBytes) throw corrupt(`${where} has no metadata`);
  const meta = readStruct(metaBytes);
  const path = items(meta, metaField.path, thriftType.binary, `path of ${where}`)
    .map((part) => readBinary(part).toString('utf8'))
    .join('.');
  const dataStart = count(meta, metaField.dataPageOffset, `data page offset of ${where}`);
  // Some writers put 0 where there is no dictionary, bloom filter or index page.
  const dictionaryStart = position(meta, metaField.dictionaryPageOffset, `dictionary page offset of ${where}`);
  const length = count(meta, metaField.totalCompressedSize, `size of ${where}`);
  const start = dictionaryStart === undefined ? dataStart : Math.min(dictionaryStart, dataStart);
  const inside = (what: string, span: Span): Span => {
    if (span.start < magic.length || span.start + span.length > footerStart)
      throw corrupt(
        `${what} of ${where} (${path}) stands at ${span.start}, ${span.length} bytes, outside ${magic.length} to ${footerStart}`,
      );
    return span;
  };
  const index = (what: string, offsetId: number, lengthId: number): Span | undefined => {
    const at = position(fields, offsetId, `${what} of ${where}`);
    return at === undefined
      ? undefined
      : inside(what, { start: at, length: count(fields, lengthId, `length of the ${what} of ${where}`) });
  };
  const bloomFilterOffset = position(meta, metaField.bloomFilterOffset, `bloom filter of ${where}`);
  if (bloomFilterOffset !== undefined)
    inside('bloom filter', {
      start: bloomFilterOffset,
      length: position(meta, metaField.bloomFilterLength, `length of the bloom filter of ${where}`) ?? 1,
    });
  return {
    fields,
    meta,
    path,
    pages: inside('pages', { start, length }),
    bloomFilterOffset,
    columnIndex: index('column index', chunkField.columnIndexOffset, chunkField.columnIndexLength),
    offsetIndex: index('offset index', chunkField.offsetIndexOffset, chunkField.offsetIndexLength),
  };
}

/** A required number that is not negative. */
function count(struct: ThriftStruct, id: number, what: string): number {
  const value = integer(struct, id, what);
  if (value === undefined) throw corrupt(`${what}: missing`);
  return value;
}

/** An offset or length that may be left out; 0 means the same. */
function position(struct: ThriftStruct, id: number, what: string): number | undefined {
  const value = integer(struct, id, what);
  return value === 0 ? undefined : value;
}

function integer(struct: ThriftStruct, id: number, what: string): number | undefined {
  const field = fieldOf(struct, id);
  if (!field) return undefined;
  if (field.type !== thriftType.i64 && field.type !== thriftType.i32) throw corrupt(`${what}: not a number`);
  const value = readInteger(field.value);
  if (value < 0) throw corrupt(`${what}: ${value}`);
  return value;
}

function items(struct: ThriftStruct, id: number, elementType: number, what: string): readonly Buffer[] {
  const bytes = optional(struct, id, thriftType.list, what);
  if (!bytes) throw corrupt(`no ${what}`);
  const list = readList(bytes);
  // Some writers give an empty list any element type.
  if (list.items.length > 0 && list.elementType !== elementType) throw corrupt(`${what}: a list of another type`);
  return list.items;
}

function optional(struct: ThriftStruct, id: number, type: number, what: string): Buffer | undefined {
  const field = fieldOf(struct, id);
  if (field && field.type !== type) throw corrupt(`${what}: Thrift type ${field.type}, expected ${type}`);
  return field?.value;
}
