import { SluiceError } from '../../base/errors';

/**
 * Thrift's compact protocol (thrift/doc/specs/thrift-compact-protocol.md), one level at a time: a struct is split into its fields, whose values stay as
 * the bytes that they are encoded in. An encoded value does not depend on its place, so what is not looked at is written back unchanged, known or not.
 */
export interface ThriftField {
  readonly id: number;
  /** For a boolean the type is the value (1 true, 2 false) and `value` is empty. */
  readonly type: number;
  readonly value: Buffer;
}

export type ThriftStruct = readonly ThriftField[];

export interface ThriftList {
  readonly elementType: number;
  readonly items: readonly Buffer[];
}

export const thriftType = { i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** Parquet's own structs nest about ten deep. */
const MAX_DEPTH = 64;

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** The fields of the struct that `bytes` begin with; what stands behind it is ignored. Throws CORRUPT_FILE. */
export function readStruct(bytes: Buffer): ThriftStruct {
  const cursor = { bytes, at: 0 };
  const fields: ThriftField[] = [];
  eachField(cursor, 0, (id, type, start) => fields.push({ id, type, value: bytes.subarray(start, cursor.at) }));
  return fields;
}

/** The items of an encoded list. Throws CORRUPT_FILE. */
export function readList(bytes: Buffer): ThriftList {
  const cursor = { bytes, at: 0 };
  const { elementType, count } = listHeader(cursor);
  const items: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = cursor.at;
    skipItem(cursor, elementType, 1);
    items.push(bytes.subarray(start, cursor.at));
  }
  return { elementType, items };
}

/** An encoded i16, i32 or i64. Throws CORRUPT_FILE for one that a number cannot hold exactly: no file is that long. */
export function readInteger(bytes: Buffer): number {
  return zigzag({ bytes, at: 0 });
}

/** An encoded text or byte string. */
export function readBinary(bytes: Buffer): Buffer {
  const cursor = { bytes, at: 0 };
  const length = varint(cursor);
  const start = cursor.at;
  advance(cursor, length);
  return bytes.subarray(start, cursor.at);
}

export function fieldOf(struct: ThriftStruct, id: number): ThriftField | undefined {
  return struct.find((field) => field.id === id);
}

export function corrupt(what: string): SluiceError {
  return new SluiceError('CORRUPT_FILE', `not a sound Parquet footer: ${what}`, {
    cure: 'Restore the file from a backup, or roll the table back to a snapshot without it.',
  });
}

function eachField(
  cursor: Cursor,
  depth: number,
  visit: (id: number, type: number, start: number) => void = () => undefined,
): void {
  if (depth > MAX_DEPTH) throw corrupt(`structs nested deeper than ${MAX_DEPTH}`);
  let id = 0;
  for (;;) {
    const header = byte(cursor);
    if (header === 0) return;
    const type = header & 0x0f;
    const delta = header >> 4;
    id = delta === 0 ? zigzag(cursor) : id + delta;
    const start = cursor.at;
    if (type !== 1 && type !== 2) skipValue(cursor, type, depth + 1);
    visit(id, type, start);
  }
}

function skipItem(cursor: Cursor, type: number, depth: number): void {
  if (type === 1 || type === 2) advance(cursor, 1);
  else skipValue(cursor, type, depth);
}

function skipValue(cursor: Cursor, type: number, depth: number): void {
  if (depth > MAX_DEPTH) throw corrupt(`values nested deeper than ${MAX_DEPTH}`);
  switch (type) {
    case 3:
      return advance(cursor, 1);
    case 4:
    case 5:
    case 6:
      return skipVarint(cursor);
    case 7:
      return advance(cursor, 8);
    case 8:
      return advance(cursor, varint(cursor));
    case 9:
    case 10: {
      const { elementType, count } = listHeader(cursor);
      for (let index = 0; index < count; index += 1) skipItem(cursor, elementType, depth + 1);
      return;
    }
    case 11: {
      const count = varint(cursor);
      if (count === 0) return;
      if (count > remaining(cursor)) throw corrupt(`a map of ${count} entries in ${remaining(cursor)} bytes`);
      const types = byte(cursor);
      for (let index = 0; index < count; index += 1) {
        skipItem(cursor, types >> 4, depth + 1);
        skipItem(cursor, types & 0x0f, depth + 1);
      }
      return;
    }
    case 12:
      return eachField(cursor, depth + 1);
    case 13:
      return advance(cursor, 16);
    default:
      throw corrupt(`unknown Thrift type ${type} at byte ${cursor.at}`);
  }
}

/** Every item takes a byte at least, so a count above the bytes left is a lie, and no loop runs longer than the input. */
function listHeader(cursor: Cursor): { readonly elementType: number; readonly count: number } {
  const header = byte(cursor);
  const short = header >> 4;
  const count = short === 15 ? varint(cursor) : short;
  if (count > remaining(cursor)) throw corrupt(`a list of ${count} items in ${remaining(cursor)} bytes`);
  return { elementType: header & 0x0f, count };
}

function byte(cursor: Cursor): number {
  const found = cursor.bytes[cursor.at];
  if (found === undefined) throw corrupt(`it ends in the middle of a value, at byte ${cursor.at}`);
  cursor.at += 1;
  return found;
}

function advance(cursor: Cursor, length: number): void {
  if (length > remaining(cursor)) throw corrupt(`a value of ${length} bytes where ${remaining(cursor)} are left`);
  cursor.at += length;
}

function remaining({ bytes, at }: Cursor): number {
  return bytes.length - at;
}

const MAX_VARINT_BYTES = 10;

function skipVarint(cursor: Cursor): void {
  for (let length = 1; length <= MAX_VARINT_BYTES; length += 1) if (byte(cursor) < 0x80) return;
  throw corrupt(`a number longer than ${MAX_VARINT_BYTES} bytes`);
}

/** Unsigned: a length or a count. */
function varint(cursor: Cursor): number {
  const first = byte(cursor);
  return exact(first & 0x7f, first < 0x80 ? undefined : restOf(cursor, 128));
}

/** The sign stands in the lowest bit; the number above it is kept apart from it, so that every step is exact up to 53 bits. */
function zigzag(cursor: Cursor): number {
  const first = byte(cursor);
  const size = exact((first & 0x7f) >> 1, first < 0x80 ? undefined : restOf(cursor, 64));
  return (first & 1) === 0 ? size : -size - 1;
}

/** The bytes of a number after the first. */
function restOf(cursor: Cursor, firstScale: number): number {
  let value = 0;
  let scale = firstScale;
  for (let length = 2; length <= MAX_VARINT_BYTES; length += 1) {
    const part = byte(cursor);
    value += (part & 0x7f) * scale;
    if (part < 0x80) return value;
    scale *= 128;
  }
  throw corrupt(`a number longer than ${MAX_VARINT_BYTES} bytes`);
}

function exact(low: number, high = 0): number {
  if (high + low > Number.MAX_SAFE_INTEGER) throw corrupt('a number beyond 53 bits');
  return high + low;
}
