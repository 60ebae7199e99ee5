import type { Field, IcebergType, PartitionSpec, Schema } from '../../../lake/iceberg/types';
import { assignIds } from '../../../lake/iceberg/schema';

/** A schema with ids given depth first, from `name: type` pairs; `name!` is required. */
export function schemaOf(columns: Readonly<Record<string, IcebergType>>): Schema {
  const definitions = Object.entries(columns).map(([name, type]) => ({
    name: name.replace(/!$/, ''),
    type,
    required: name.endsWith('!'),
  }));
  return { type: 'struct', 'schema-id': 0, fields: assignIds(definitions).fields };
}

/** A spec from `transform(column)` pairs: `[['event_time', 'day']]`. */
export function specOf(
  schema: Schema,
  fields: readonly (readonly [column: string, transform: string])[],
): PartitionSpec {
  return {
    'spec-id': fields.length === 0 ? 0 : 1,
    fields: fields.map(([column, transform], index) => ({
      name: `${column}_${transform.replace(/\W.*$/, '')}`,
      transform,
      'source-id': fieldOf(schema, column).id,
      'field-id': 1000 + index,
    })),
  };
}

export function fieldOf(schema: Schema, name: string): Field {
  return schema.fields.find((field) => field.name === name)!;
}

export const listOf = (element: IcebergType): IcebergType => ({
  type: 'list',
  'element-id': 0,
  'element-required': false,
  element,
});
export const mapOf = (key: IcebergType, value: IcebergType): IcebergType => ({
  type: 'map',
  'key-id': 0,
  key,
  'value-id': 0,
  'value-required': false,
  value,
});
export const structOf = (fields: Readonly<Record<string, IcebergType>>): IcebergType => ({
  type: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ id: 0, name, required: false, type })),
});

export const unpartitioned: PartitionSpec = { 'spec-id': 0, fields: [] };
