import { openPieceWriter, type PieceWriter } from '../../stream/piece-writer';
import { magic } from '../parquet-copy/footer';
import { thriftType, type ThriftField } from '../parquet-copy/thrift-read';
import { i64, writeInteger, writeList, writeStruct } from '../parquet-copy/thrift-write';
import type { Chunk, LeafType } from './transfer-chunk';

/** A column of the file: one leaf, or a map from text to text. */
export interface TransferColumn {
  readonly name: string;
  readonly type: LeafType | 'map';
  readonly required: boolean;
}

/**
 * A Parquet file as DuckDB reads it fastest: no compression, one page per column and row group, no statistics. It lives as long as the work on
 * one batch and is read by nobody else.
 */
export interface TransferFile {
  /** One chunk per leaf, in order; a map has two. */
  writeRowGroup(rows: number, chunks: readonly Chunk[]): void;
  /** Resolves when at most a few pieces wait to be written. */
  drain(): Promise<void>;
  finish(): Promise<void>;
  /** Closes the file without finishing it. Never throws. */
  abort(): Promise<void>;
}

const PIECE_BYTES = 1 << 19;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const encodings = { plain: 0, rle: 3, dictionary: 8 } as const;
const physicalTypes = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, text: 6 } as const;

/** Creates the file at `path`. Errors of the file system come out of `drain` and `finish`. */
export async function openTransferFile(path: string, columns: readonly TransferColumn[]): Promise<TransferFile> {
  const out = bytesTo(await openPieceWriter(path, PIECE_BYTES));
  const leaves = columns.flatMap(leavesOf);
  const groups: Buffer[] = [];
  let allRows = 0;
  out.write(magic);
  return {
    writeRowGroup(rows, chunks) {
      const start = out.position();
      const metas = chunks.map((chunk, index) => writeChunk(out, leaves[index]!, chunk));
      allRows += rows;
      groups.push(
        struct({
          1: list(thriftType.struct, metas),
          2: i64(out.position() - start),
          3: i64(rows),
        }),
      );
    },
    drain: () => out.writer.drain(),
    async finish() {
      const footer = struct({
        1: i32(1),
        2: list(thriftType.struct, schemaOf(columns)),
        3: i64(allRows),
        4: list(thriftType.struct, groups),
      });
      const tail = Buffer.alloc(4);
      tail.writeUInt32LE(footer.length);
      out.write(Buffer.concat([footer, tail, magic]));
      out.flush();
      await out.writer.close();
    },
    abort: () => out.writer.abort(),
  };
}

interface Leaf {
  readonly path: readonly string[];
  readonly physical: LeafType['physical'];
}

function leavesOf({ name, type }: TransferColumn): readonly Leaf[] {
  if (type !== 'map') return [{ path: [name], physical: type.physical }];
  return ['key', 'value'].map((leaf) => ({ path: [name, 'key_value', leaf], physical: 'text' }));
}

/** Writes a chunk's pages; returns its encoded ColumnChunk. */
function writeChunk(out: Bytes, { path, physical }: Leaf, { values, dictionary, page, encoding }: Chunk): Buffer {
  const start = out.position();
  if (dictionary) {
    const head = { 1: i32(dictionary.count), 2: i32(encodings.plain) };
    out.write(
      pageHeader(DICTIONARY_PAGE, dictionary.bytes.length, { 7: { type: thriftType.struct, value: struct(head) } }),
    );
    out.write(dictionary.bytes);
  }
  const dataStart = out.position();
  const head = { 1: i32(values), 2: i32(encodings[encoding]), 3: i32(encodings.rle), 4: i32(encodings.rle) };
  const sizeBytes = page.reduce((sum, part) => sum + part.length, 0);
  out.write(pageHeader(DATA_PAGE, sizeBytes, { 5: { type: thriftType.struct, value: struct(head) } }));
  for (const part of page) out.write(part);
  const length = out.position() - start;
  const used = [...(dictionary ? [encodings.plain] : []), encodings[encoding], encodings.rle];
  const meta = struct({
    1: i32(physicalTypes[physical]),
    2: list(thriftType.i32, used.map(writeInteger)),
    3: list(thriftType.binary, path.map(binary)),
    4: i32(0),
    5: i64(values),
    6: i64(length),
    7: i64(length),
    9: i64(dataStart),
    ...(dictionary ? { 11: i64(start) } : {}),
  });
  return struct({ 2: i64(start), 3: { type: thriftType.struct, value: meta } });
}

function pageHeader(type: number, sizeBytes: number, more: Fields): Buffer {
  return struct({ 1: i32(type), 2: i32(sizeBytes), 3: i32(sizeBytes), ...more });
}

const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;
const converted = { utf8: 0, map: 1, decimal: 5, date: 6 } as const;

function schemaOf(columns: readonly TransferColumn[]): readonly Buffer[] {
  const root = struct({ 4: text('rows'), 5: i32(columns.length) });
  return [root, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, type, required }: TransferColumn): readonly Buffer[] {
  const repetition = i32(required ? REQUIRED : OPTIONAL);
  if (type !== 'map') {
    const { physical, meaning } = type;
    return [
      struct({ 1: i32(physicalTypes[physical]), 3: repetition, 4: text(name), ...annotation(physical, meaning) }),
    ];
  }
  const leaf = (key: string, repeated: number): Buffer =>
    struct({ 1: i32(physicalTypes.text), 3: i32(repeated), 4: text(key), 6: i32(converted.utf8) });
  return [
    struct({ 3: repetition, 4: text(name), 5: i32(1), 6: i32(converted.map) }),
    struct({ 3: i32(REPEATED), 4: text('key_value'), 5: i32(2) }),
    leaf('key', REQUIRED),
    leaf('value', OPTIONAL),
  ];
}

function annotation(physical: LeafType['physical'], meaning: LeafType['meaning']): Fields {
  if (physical === 'text') return { 6: i32(converted.utf8) };
  if (meaning === undefined) return {};
  if (meaning === 'date') return { 6: i32(converted.date) };
  if (typeof meaning === 'object')
    return { 6: i32(converted.decimal), 7: i32(meaning.scale), 8: i32(meaning.precision) };
  // LogicalType TIMESTAMP: adjusted to UTC or not (Thrift keeps a boolean in the field's type), microseconds.
  const micros = struct({ 2: { type: thriftType.struct, value: struct({}) } });
  const utc = { type: meaning === 'timestamptz' ? 1 : 2, value: Buffer.alloc(0) };
  const timestamp = struct({ 1: utc, 2: { type: thriftType.struct, value: micros } });
  return { 10: { type: thriftType.struct, value: struct({ 8: { type: thriftType.struct, value: timestamp } }) } };
}

type Fields = Readonly<Record<number, Pick<ThriftField, 'type' | 'value'>>>;

function struct(fields: Fields): Buffer {
  return writeStruct(Object.entries(fields).map(([id, field]) => ({ id: Number(id), ...field })));
}

function i32(value: number): Pick<ThriftField, 'type' | 'value'> {
  return { type: thriftType.i32, value: writeInteger(value) };
}

function list(elementType: number, items: readonly Buffer[]): Pick<ThriftField, 'type' | 'value'> {
  return { type: thriftType.list, value: writeList({ elementType, items }) };
}

function text(value: string): Pick<ThriftField, 'type' | 'value'> {
  return { type: thriftType.binary, value: binary(value) };
}

function binary(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.concat([Buffer.from(head), bytes]);
}

interface Bytes {
  readonly writer: PieceWriter;
  position(): number;
  write(bytes: Buffer): void;
  flush(): void;
}

/** Copies into the writer's pieces: what columns give out is theirs again at once. */
function bytesTo(writer: PieceWriter): Bytes {
  let piece = writer.take();
  let used = 0;
  let written = 0;
  const flush = (): void => {
    if (used > 0) writer.put(piece, used);
    written += used;
    used = 0;
    piece = writer.take();
  };
  return {
    writer,
    position: () => written + used,
    write(bytes) {
      for (let at = 0; at < bytes.length;) {
        if (used === piece.length) flush();
        const length = Math.min(bytes.length - at, piece.length - used);
        bytes.copy(piece, used, at, at + length);
        used += length;
        at += length;
      }
    },
    flush,
  };
}
