import { thriftType, type ThriftField, type ThriftList, type ThriftStruct } from './thrift-read';

/** A struct from its fields, ids ascending as they were read. */
export function writeStruct(fields: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const { id, type, value } of fields) {
    const delta = id - last;
    parts.push(
      delta >= 1 && delta <= 15
        ? Buffer.from([(delta << 4) | type])
        : Buffer.concat([Buffer.from([type]), writeInteger(id)]),
    );
    parts.push(value);
    last = id;
  }
  parts.push(Buffer.from([0]));
  return Buffer.concat(parts);
}

export function writeList({ elementType, items }: ThriftList): Buffer {
  const header =
    items.length < 15
      ? Buffer.from([(items.length << 4) | elementType])
      : Buffer.concat([Buffer.from([0xf0 | elementType]), writeVarint(items.length)]);
  return Buffer.concat([header, ...items]);
}

/** A safe integer as i16, i32 or i64: all three are zigzag numbers of as many bytes as they need. */
export function writeInteger(value: number): Buffer {
  // The sign goes into the lowest bit; doubling a large number first would not be exact.
  const size = value >= 0 ? value : -(value + 1);
  const low = ((size % 64) << 1) | (value >= 0 ? 0 : 1);
  return size < 64
    ? Buffer.from([low])
    : Buffer.concat([Buffer.from([low | 0x80]), writeVarint(Math.floor(size / 64))]);
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** The struct with some fields given anew: replaced in place, put in by id, or left out where undefined. */
export function withFields(
  struct: ThriftStruct,
  changes: ReadonlyMap<number, { readonly type: number; readonly value: Buffer } | undefined>,
): ThriftStruct {
  const kept = struct.filter(({ id }) => !changes.has(id));
  const given: ThriftField[] = [...changes].flatMap(([id, field]) => (field ? [{ id, ...field }] : []));
  return [...kept, ...given].sort((a, b) => a.id - b.id);
}

export function i64(value: number): { readonly type: number; readonly value: Buffer } {
  return { type: thriftType.i64, value: writeInteger(value) };
}
