import { SluiceError } from '../../../base/errors';
import type { ByteSink } from './byte-sink';
import { avroPrimitives, type AvroPrimitive, type AvroSchema } from './schema';

export type Encode = (out: ByteSink, value: unknown) => void;

/**
 * Compiles a schema into a function that writes one value of it. Records are objects by field name, absent means null;
 * arrays are arrays; bytes and fixed are Buffers; long takes number or bigint. Unions must be `["null", T]`.
 */
export function compileEncoder(schema: AvroSchema, named: Map<string, Encode> = new Map()): Encode {
  if (typeof schema === 'string') {
    return avroPrimitives.has(schema) ? encodePrimitive(schema as AvroPrimitive) : known(named, schema);
  }
  if (Array.isArray(schema)) return encodeOptional(schema as readonly AvroSchema[], named);
  const node = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  switch (node.type) {
    case 'record': {
      const fields: { readonly name: string; readonly encode: Encode }[] = [];
      const encode: Encode = (out, value) => {
        const record = value as Readonly<Record<string, unknown>>;
        for (const field of fields) field.encode(out, record[field.name] ?? null);
      };
      named.set(node.name, encode);
      for (const field of node.fields) fields.push({ name: field.name, encode: compileEncoder(field.type, named) });
      return encode;
    }
    case 'array': {
      const item = compileEncoder(node.items, named);
      return (out, value) => {
        const items = value as readonly unknown[];
        if (items.length > 0) out.long(items.length);
        for (const entry of items) item(out, entry);
        out.byte(0);
      };
    }
    case 'fixed': {
      const encode: Encode = (out, value) => {
        const bytes = value as Buffer;
        if (bytes.length !== node.size)
          throw new SluiceError(
            'INTERNAL',
            `Avro fixed ${node.name}: expected ${node.size} bytes, found ${bytes.length}`,
          );
        out.raw(bytes);
      };
      named.set(node.name, encode);
      return encode;
    }
    case 'map':
    case 'enum':
      throw new SluiceError('INTERNAL', `Avro ${node.type} is not written by Iceberg manifests`);
    default:
      return encodePrimitive(node.type);
  }
}

function encodeOptional(union: readonly AvroSchema[], named: Map<string, Encode>): Encode {
  const [first, second] = union;
  if (union.length !== 2 || first !== 'null' || second === undefined)
    throw new SluiceError('INTERNAL', `expected an Avro union ["null", T], found ${JSON.stringify(union)}`);
  const present = compileEncoder(second, named);
  return (out, value) => {
    if (value === null || value === undefined) return out.byte(0);
    out.byte(2);
    present(out, value);
  };
}

function encodePrimitive(type: AvroPrimitive): Encode {
  switch (type) {
    case 'null':
      return () => undefined;
    case 'boolean':
      return (out, value) => out.byte(value ? 1 : 0);
    case 'int':
    case 'long':
      return (out, value) => out.long(value as number | bigint);
    case 'float':
      return (out, value) => out.float(value as number);
    case 'double':
      return (out, value) => out.double(value as number);
    case 'bytes':
      return (out, value) => out.sized(value as Buffer);
    case 'string':
      return (out, value) => out.sized(Buffer.from(value as string, 'utf8'));
  }
}

function known(named: Map<string, Encode>, name: string): Encode {
  const encode = named.get(name);
  if (!encode) throw new SluiceError('INTERNAL', `Avro schema names "${name}", which is defined nowhere`);
  return encode;
}
