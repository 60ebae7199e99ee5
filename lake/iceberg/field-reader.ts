import type { AvroField, AvroRecord, AvroSchema } from './avro/schema';
import { corrupt } from './avro/decode';

export type DecodedRecord = Readonly<Record<string, unknown>>;

/**
 * Reads fields of decoded records by Iceberg field id, whatever order, names or extra fields the writer used.
 * Where a writer left ids out, the spec's own name decides.
 */
export interface FieldReader {
  /** The value, or undefined when the writer has no such field or wrote null. */
  get(record: DecodedRecord, id: number): unknown;
  /** As get, but UNSUPPORTED_TABLE when absent. */
  need(record: DecodedRecord, id: number): unknown;
  /** The record type of a nested field. */
  nested(id: number): AvroRecord;
}

export function fieldReader(schema: AvroRecord, specNames: Readonly<Record<number, string>>): FieldReader {
  const byId = new Map<number, AvroField>();
  for (const field of schema.fields) if (field['field-id'] !== undefined) byId.set(field['field-id'], field);
  for (const [id, name] of Object.entries(specNames)) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (!byId.has(Number(id)) && field && field['field-id'] === undefined) byId.set(Number(id), field);
  }
  const get = (record: DecodedRecord, id: number): unknown => {
    const field = byId.get(id);
    return field ? (record[field.name] ?? undefined) : undefined;
  };
  return {
    get,
    need(record, id) {
      const value = get(record, id);
      if (value === undefined)
        throw corrupt(`required field ${id} (${specNames[id] ?? '?'}) is missing in record ${schema.name}`);
      return value;
    },
    nested(id) {
      const record = byId.get(id) && recordOf(byId.get(id)!.type);
      if (!record) throw corrupt(`required record ${id} (${specNames[id] ?? '?'}) is missing in ${schema.name}`);
      return record;
    },
  };
}

/** The record inside a schema, through `["null", T]` and arrays. */
export function recordOf(schema: AvroSchema): AvroRecord | undefined {
  if (typeof schema === 'string') return undefined;
  if (Array.isArray(schema))
    return (schema as readonly AvroSchema[]).map(recordOf).find((found) => found !== undefined);
  const node = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
  if (node.type === 'record') return node;
  return node.type === 'array' ? recordOf(node.items) : undefined;
}
