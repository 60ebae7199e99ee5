import { SluiceError } from '../../../base/errors';
import { avroPrimitives, type AvroPrimitive, type AvroSchema } from './schema';

/** Reading position in a block. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

export type Decode = (cursor: Cursor) => unknown;

/**
 * Compiles the writer's schema into a function that reads one value: any schema that Avro allows, not only Iceberg's own.
 * long becomes bigint, int number, bytes and fixed Buffer copies, records objects by field name, maps objects,
 * arrays with logicalType map a Map.
 */
export function compileDecoder(schema: AvroSchema, named: Map<string, Decode> = new Map()): Decode {
  if (typeof schema === 'string') {
    return avroPrimitives.has(schema)
      ? decodePrimitive(schema as AvroPrimitive)
      : (cursor) => known(named, schema)(cursor);
  }
  if (Array.isArray(schema)) {
    const branches = (schema as readonly AvroSchema[]).map((branch) => compileDecoder(branch, named));
    return (cursor) => {
      const index = readSmall(cursor);
      const branch = branches[index];
      if (!branch) throw corrupt(`union branch ${index} of ${branches.length}`);
      return branch(cursor);
    };
  }
  const node = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (node.type) {
    case 'record': {
      const fields: { readonly name: string; readonly decode: Decode }[] = [];
      const decode: Decode = (cursor) => {
        const record: Record<string, unknown> = {};
        for (const field of fields) record[field.name] = field.decode(cursor);
        return record;
      };
      named.set(node.name, decode);
      for (const field of node.fields) fields.push({ name: field.name, decode: compileDecoder(field.type, named) });
      return decode;
    }
    case 'array': {
      const pair = node.logicalType === 'map' ? keyAndValue(node.items) : undefined;
      if (pair) return mapDecoder(compileDecoder(pair.key, named), compileDecoder(pair.value, named));
      const item = compileDecoder(node.items, named);
      return (cursor) => {
        const items: unknown[] = [];
        readBlocks(cursor, () => items.push(item(cursor)));
        return items;
      };
    }
    case 'map': {
      const value = compileDecoder(node.values, named);
      return (cursor) => {
        const entries: Record<string, unknown> = {};
        readBlocks(cursor, () => {
          const key = take(cursor, readSmall(cursor)).toString('utf8');
          entries[key] = value(cursor);
        });
        return entries;
      };
    }
    case 'fixed': {
      const decode: Decode = (cursor) => Buffer.from(take(cursor, node.size));
      named.set(node.name, decode);
      return decode;
    }
    case 'enum': {
      const decode: Decode = (cursor) => node.symbols[readSmall(cursor)];
      named.set(node.name, decode);
      return decode;
    }
    default:
      // {"type": {…}} and {"type": ["null", …]} wrap another schema
      return typeof node.type === 'string' && avroPrimitives.has(node.type)
        ? decodePrimitive(node.type)
        : compileDecoder(node.type as AvroSchema, named);
  }
}

function decodePrimitive(type: AvroPrimitive): Decode {
  switch (type) {
    case 'null':
      return () => null;
    case 'boolean':
      return (cursor) => take(cursor, 1)[0] !== 0;
    case 'int':
      return readSmall;
    case 'long':
      return readLong;
    case 'float':
      return (cursor) => take(cursor, 4).readFloatLE();
    case 'double':
      return (cursor) => take(cursor, 8).readDoubleLE();
    case 'bytes':
      return (cursor) => Buffer.from(take(cursor, readSmall(cursor)));
    case 'string':
      return (cursor) => take(cursor, readSmall(cursor)).toString('utf8');
  }
}

/** Arrays and maps come in blocks; a negative count is followed by the block's size in bytes. */
function readBlocks(cursor: Cursor, readItem: () => void): void {
  for (;;) {
    let count = readSmall(cursor);
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      readLong(cursor);
    }
    for (let i = 0; i < count; i += 1) readItem();
  }
}

export function take(cursor: Cursor, count: number): Buffer {
  const end = cursor.at + count;
  if (count < 0 || end > cursor.bytes.length)
    throw corrupt(`${count} bytes wanted at ${cursor.at} of ${cursor.bytes.length}`);
  const slice = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return slice;
}

/** Zigzag varint over the full 64 bits. */
export function readLong(cursor: Cursor): bigint {
  let low = 0; // 28 bits in plain numbers: most values end here
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1));
  }
  let wide = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = nextByte(cursor);
    wide |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) {
      const unsigned = BigInt.asUintN(64, wide);
      return BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n));
    }
  }
  throw corrupt(`a number longer than 10 bytes before ${cursor.at}`);
}

/** As readLong for numbers that are known to be small; without the detour over bigint up to 28 bits. */
function readSmall(cursor: Cursor): number {
  const start = cursor.at;
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = nextByte(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
  }
  cursor.at = start;
  return Number(readLong(cursor));
}

/** Key and value of an array that stands for a map with other than string keys. */
function keyAndValue(items: AvroSchema): { readonly key: AvroSchema; readonly value: AvroSchema } | undefined {
  const record = typeof items === 'object' && 'fields' in items ? items : undefined;
  const [key, value] = record?.fields ?? [];
  return record?.fields.length === 2 && key?.name === 'key' && value?.name === 'value'
    ? { key: key.type, value: value.type }
    : undefined;
}

function mapDecoder(key: Decode, value: Decode): Decode {
  return (cursor) => {
    const map = new Map<unknown, unknown>();
    readBlocks(cursor, () => {
      const k = key(cursor);
      map.set(k, value(cursor));
    });
    return map;
  };
}

function nextByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw corrupt(`the data ends at ${cursor.at}`);
  cursor.at += 1;
  return byte;
}

function known(named: Map<string, Decode>, name: string): Decode {
  const short = name.slice(name.lastIndexOf('.') + 1);
  const decode = named.get(name) ?? named.get(short);
  if (!decode) throw corrupt(`type "${name}" is defined nowhere in the schema`);
  return decode;
}

export function corrupt(what: string): SluiceError {
  return new SluiceError('UNSUPPORTED_TABLE', `Avro file cannot be read: ${what}`);
}
