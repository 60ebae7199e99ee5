import { SluiceError } from '../base/errors';
import type { Field, IcebergType, StructHistory } from '../lake/iceberg/types';
import { isPrimitive } from '../lake/iceberg/values';
import { quoteIdent, structOf } from './sql';
import { icebergToDuckdb } from './types';

export type StructHistories = ReadonlyMap<number, StructHistory>;

/**
 * The DuckDB type that reads a field out of files of all schemas: a struct that changed has every field that it ever had under every name
 * that it had, so that whatever a file holds is found. `readShape` makes the field as it is now of it.
 */
export function readType({ id, type }: Pick<Field, 'id' | 'type'>, histories: StructHistories | undefined): string {
  if (histories === undefined || isPrimitive(type)) return icebergToDuckdb(type);
  switch (type.type) {
    case 'list':
      return `${readType({ id: type['element-id'], type: type.element }, histories)}[]`;
    case 'map':
      return `MAP(${icebergToDuckdb(type.key)}, ${readType({ id: type['value-id'], type: type.value }, histories)})`;
    case 'struct': {
      const history = histories.get(id);
      const fields = history
        ? [...history].flatMap(([fieldId, { names, last }]) => {
            const now = type.fields.find((field) => field.id === fieldId) ?? last;
            return distinct(names).map((name) => ({ ...now, name }));
          })
        : type.fields;
      requireDistinct(fields, id);
      return `STRUCT(${fields.map((field) => `${quoteIdent(field.name)} ${readType(field, histories)}`).join(', ')})`;
    }
  }
}

/** SQL that makes of a value of `readType` what the field is now; undefined when it is that already. */
export function readShape(
  sql: string,
  { id, type }: Pick<Field, 'id' | 'type'>,
  histories: StructHistories | undefined,
  depth = 0,
): string | undefined {
  if (histories === undefined || isPrimitive(type)) return undefined;
  const inner = (name: string, field: Pick<Field, 'id' | 'type'>): string | undefined =>
    readShape(name, field, histories, depth + 1);
  const item = `e${depth}`;
  switch (type.type) {
    case 'list': {
      const element = inner(item, { id: type['element-id'], type: type.element });
      return element && `list_transform(${sql}, lambda ${item}: ${element})`;
    }
    case 'map': {
      const value = inner(`${item}.value`, { id: type['value-id'], type: type.value });
      const entries = `list_transform(map_entries(${sql}), lambda ${item}: {'key': ${item}.key, 'value': ${value}})`;
      return value && `CASE WHEN ${sql} IS NOT NULL THEN map_from_entries(${entries}) END`;
    }
    case 'struct': {
      const history = histories.get(id);
      const parts = type.fields.map((field) => {
        const names = distinct(history?.get(field.id)?.names ?? [field.name]).map(
          (name) => `${sql}.${quoteIdent(name)}`,
        );
        const value = names.length === 1 ? names[0]! : `coalesce(${names.join(', ')})`;
        return { name: field.name, value, shaped: inner(value, field) };
      });
      if (!history && parts.every(({ shaped }) => shaped === undefined)) return undefined;
      const struct = structOf(parts.map(({ name, value, shaped }) => [name, shaped ?? value]));
      return `CASE WHEN ${sql} IS NOT NULL THEN ${struct} END`;
    }
  }
}

/** Names without those that differ from an earlier one by case only: DuckDB finds both under either. */
function distinct(names: readonly string[]): readonly string[] {
  return names.filter(
    (name, index) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index,
  );
}

/** Sluice refuses such a change; another writer may have made it. */
function requireDistinct(fields: readonly { readonly name: string; readonly type: IcebergType }[], id: number): void {
  const names = fields.map(({ name }) => name.toLowerCase());
  const twice = fields.find((_, index) => names.indexOf(names[index]!) !== index);
  if (twice === undefined) return;
  throw new SluiceError(
    'UNSUPPORTED_TABLE',
    `the struct of field ${id} had two fields called ${twice.name}, one after the other: files of both cannot be told apart`,
    {
      cure: 'Rename the field in the table to a name that the struct never had, and rewrite the files of the older one.',
    },
  );
}
