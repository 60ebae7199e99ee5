import { structHistory, type IcebergType, type Schema } from '../lake/iceberg/types';
import { quoteIdent, quoteText, quoteTexts, structOf } from './sql';
import { readShape, readType, type StructHistories } from './struct-history-sql';
import { icebergToDuckdb } from './types';

/** SQL of a relation without rows, in parentheses. */
export function emptyRelation(columns: readonly { readonly name: string; readonly type: IcebergType }[]): string {
  const nulls = columns.map(({ name, type }) => `NULL::${icebergToDuckdb(type)} AS ${quoteIdent(name)}`);
  return `(SELECT ${nulls.join(', ')} WHERE false)`;
}

/**
 * SQL of the rows of data files, in parentheses, with the schema's columns in order. Columns are found by field id: one that was renamed since
 * has its new name, one that was added since is NULL; so do fields inside structs, by what the schema tells of their former names. No files give no rows of the same columns. Delete files are not applied: see scanRelation.
 */
export function filesRelation(schema: Schema, files: readonly (string | { readonly path: string })[]): string {
  if (files.length === 0) return emptyRelation(schema.fields);
  const paths = files.map((file) => (typeof file === 'string' ? file : file.path));
  return `(SELECT ${castColumns(schema)} FROM ${parquetById(schema.fields, paths, schema[structHistory])})`;
}

/** The schema's columns of a relation that has them by name, cast to their types. */
export function castColumns({ fields, [structHistory]: histories }: Schema): string {
  return fields
    .map((field) => {
      const name = quoteIdent(field.name);
      return `${readShape(name, field, histories) ?? name}::${icebergToDuckdb(field.type)} AS ${name}`;
    })
    .join(', ');
}

/** `read_parquet` of columns by field id, under the names given here. Structs that changed come as `castColumns` of their schema takes them. */
export function parquetById(fields: Schema['fields'], paths: readonly string[], histories?: StructHistories): string {
  const byId = fields.map(
    (field) =>
      `${field.id}: ${structOf([
        ['name', quoteText(field.name)],
        ['type', quoteText(readType(field, histories))],
        ['default_value', 'NULL'],
      ])}`,
  );
  return `read_parquet(${quoteTexts(paths)}, schema = MAP {${byId.join(', ')}})`;
}
