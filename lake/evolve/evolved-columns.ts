import type { EvolvedColumn, EvolvedKind } from '../../pipeline/unknown-fields';
import { EVOLVED_LIMIT } from '../../pipeline/unknown-fields';
import { whyReservedColumn } from '../../pipeline/reserved';
import { currentSchema } from '../iceberg/metadata';
import type { Field, PrimitiveType, TableMetadata } from '../iceberg/types';

/** Ids of the columns that were added by `unknown_fields: evolve`, in decimal text with commas. */
const KEY = 'sluice.evolved-columns';

const types: Readonly<Record<EvolvedKind, PrimitiveType>> = {
  boolean: 'boolean',
  bigint: 'long',
  double: 'double',
  string: 'string',
};

/** The columns that the table got by itself and still has, under the names that they have now. */
export function evolvedFields(metadata: TableMetadata): readonly Field[] {
  const ids = new Set(metadata.properties[KEY]?.split(',').map(Number) ?? []);
  return currentSchema(metadata).fields.filter(({ id }) => ids.has(id));
}

export function evolvedKind({ type }: Field): EvolvedKind {
  const [kind] = Object.entries(types).find(([, item]) => item === type) ?? [];
  return (kind as EvolvedKind | undefined) ?? 'string';
}

/** So many more columns the table may get by itself. */
export function roomForColumns(metadata: TableMetadata): number {
  return Math.max(0, EVOLVED_LIMIT - evolvedFields(metadata).length);
}

const MAX_NAME = 100;

/** Whether a field's name can be a column's: plain, free of every name that the table or a reader of it has, compared as SQL does. */
export function canBeColumn(metadata: TableMetadata, name: string): boolean {
  if (name.length > MAX_NAME || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return false;
  if (whyReservedColumn(name) !== undefined) return false;
  const taken = [
    ...currentSchema(metadata).fields.map((field) => field.name),
    ...metadata['partition-specs'].flatMap((spec) => spec.fields.map((field) => field.name)),
  ];
  return !taken.some((other) => other.toLowerCase() === name.toLowerCase());
}

/** The table with the columns that it lacks of these, nullable, at its end, up to the limit. The same object when it lacks none. Pure. */
export function withEvolvedColumns(metadata: TableMetadata, columns: readonly EvolvedColumn[]): TableMetadata {
  const added = columns.filter(({ name }) => canBeColumn(metadata, name)).slice(0, roomForColumns(metadata));
  if (added.length === 0) return metadata;
  const schema = currentSchema(metadata);
  const first = metadata['last-column-id'] + 1;
  const fields = added.map(({ name, kind }, index): Field => ({
    id: first + index,
    name,
    required: false,
    type: types[kind],
  }));
  const id = Math.max(...metadata.schemas.map((item) => item['schema-id'])) + 1;
  const ids = [...(metadata.properties[KEY]?.split(',') ?? []), ...fields.map((field) => String(field.id))];
  return {
    ...metadata,
    'last-column-id': first + fields.length - 1,
    'current-schema-id': id,
    schemas: [...metadata.schemas, { ...schema, 'schema-id': id, fields: [...schema.fields, ...fields] }],
    properties: { ...metadata.properties, [KEY]: ids.join(',') },
  };
}
