import { columnsToRead } from '../../activities/unknown-fields';
import { canonicalJson } from '../../base/json';
import { icebergToDuckdb } from '../../engine/types';
import { quoteIdent } from '../../engine/sql';
import { currentSchema } from '../../lake/iceberg/metadata';
import type { Field, Schema, TableMetadata } from '../../lake/iceberg/types';
import { extraColumn, systemColumns } from '../../lake/schema-from-pipeline';
import type { Pipeline } from '../../pipeline/model';

export interface ValueColumns {
  /** SQL of a row's hash, one per set of columns that batches were read by, the present one first. */
  readonly hashes: readonly string[];
  /** Highest id of a schema whose rows can no longer be hashed as they were read: it has a column that was dropped, or whose nested fields changed. */
  readonly lostSchema: number | undefined;
}

/**
 * How a raw row was hashed when it was read (engine/decode): DuckDB's hash of the system columns and the columns of the pipeline in their
 * order, never `_extra`. Columns that were added, renamed, moved or widened since are found by their field ids and cast back; a column that
 * a set does not have must be NULL in the rows of that set.
 */
export function valueColumns(pipeline: Pipeline, metadata: TableMetadata): ValueColumns {
  const current = currentSchema(metadata);
  const system = systemColumns.map(({ name }) => name);
  const read = [...system, ...columnsToRead(pipeline, metadata).map(({ name }) => name)];
  const present = current.fields.filter(({ name }) => read.includes(name));
  const inOrder = read.flatMap((name) => present.filter((field) => field.name === name));
  const older = [...metadata.schemas].sort((a, b) => b['schema-id'] - a['schema-id']);
  const lists = older.map((schema) => ({ id: schema['schema-id'], fields: fieldsNow(schema, current) }));
  const lost = lists.filter(({ fields }) => fields === undefined).map(({ id }) => id);
  const sets = [inOrder.map((field) => ({ field, as: field })), ...lists.flatMap(({ fields }) => fields ?? [])];
  return {
    hashes: [...new Set(sets.map((set) => hashSql(set, present)))],
    lostSchema: lost.length === 0 ? undefined : Math.max(...lost),
  };
}

interface FieldAs {
  readonly field: Field;
  /** As it was when the rows were read. */
  readonly as: Field;
}

/** The columns of an earlier schema as they are named now; undefined when one is gone or reads otherwise. One list, in a list for flatMap. */
function fieldsNow(schema: Schema, current: Schema): readonly (readonly FieldAs[])[] | undefined {
  const list: FieldAs[] = [];
  for (const as of schema.fields) {
    if (as.name === extraColumn.name) continue;
    const field = current.fields.find(({ id }) => id === as.id);
    if (!field || !comparable(field, as)) return undefined;
    list.push({ field, as });
  }
  return [list];
}

function comparable(field: Field, as: Field): boolean {
  const nested = typeof field.type !== 'string' || typeof as.type !== 'string';
  return !nested || canonicalJson(field.type) === canonicalJson(as.type);
}

function hashSql(set: readonly FieldAs[], present: readonly Field[]): string {
  const values = set.map(({ field, as }) =>
    canonicalJson(field.type) === canonicalJson(as.type)
      ? quoteIdent(field.name)
      : `try_cast(${quoteIdent(field.name)} as ${icebergToDuckdb(as.type)})`,
  );
  const had = new Set(set.map(({ field }) => field.id));
  const later = present.filter(({ id }) => !had.has(id)).map(({ name }) => `${quoteIdent(name)} is not null`);
  const hash = `hash(${values.join(', ')})::hugeint`;
  return later.length === 0 ? hash : `${hash} + (${later.join(' or ')})::integer`;
}
