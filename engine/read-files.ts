import type { IcebergType, Schema } from '../lake/iceberg/types';
import { quoteIdent, quoteText, quoteTexts, structOf } from './sql';
import { icebergToDuckdb } from './types';

/** SQL of a relation without rows, in parentheses. */
export function emptyRelation(columns: readonly { readonly name: string; readonly type: IcebergType }[]): string {
  const nulls = columns.map(({ name, type }) => `NULL::${icebergToDuckdb(type)} AS ${quoteIdent(name)}`);
  return `(SELECT ${nulls.join(', ')} WHERE false)`;
}

/**
 * SQL of the rows of data files, in parentheses, with the schema's columns in order. Columns are found by field id: one that was renamed since
 * has its new name, one that was added since is NULL. No files give no rows of the same columns. Delete files are not applied: see scanRelation.
 */
export function filesRelation(schema: Schema, files: readonly (string | { readonly path: string })[]): string {
  if (files.length === 0) return emptyRelation(schema.fields);
  const paths = files.map((file) => (typeof file === 'string' ? file : file.path));
  return `(SELECT ${castColumns(schema)} FROM ${parquetById(schema.fields, paths)})`;
}

/** The schema's columns of a relation that has them by name, cast to their types. */
export function castColumns({ fields }: Schema): string {
  return fields
    .map(({ name, type }) => `${quoteIdent(name)}::${icebergToDuckdb(type)} AS ${quoteIdent(name)}`)
    .join(', ');
}

/** `read_parquet` of columns by field id, under the names given here. */
export function parquetById(fields: Schema['fields'], paths: readonly string[]): string {
  const byId = fields.map(
    ({ id, name, type }) =>
      `${id}: ${structOf([
        ['name', quoteText(name)],
        ['type', quoteText(icebergToDuckdb(type))],
        ['default_value', 'NULL'],
      ])}`,
  );
  return `read_parquet(${quoteTexts(paths)}, schema = MAP {${byId.join(', ')}})`;
}
