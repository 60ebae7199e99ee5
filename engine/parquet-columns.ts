import type { Field, IcebergType, PrimitiveType, StructType } from '../lake/iceberg/types';
import { childFields } from '../lake/iceberg/schema';
import { isPrimitive } from '../lake/iceberg/values';
import { quoteIdent, structOf } from './sql';

/** A column of a Parquet file: what Iceberg keeps metrics of. */
export interface LeafColumn {
  readonly id: number;
  readonly path: readonly string[];
  /** The path as DuckDB's RETURN_STATS spells it: `"m"."key"`. */
  readonly statName: string;
  readonly type: PrimitiveType;
  /** Inside a list or map: several values a row, so it has counts but no bounds (as in Iceberg's own writers). */
  readonly repeated: boolean;
}

export function leafColumns(schema: StructType): readonly LeafColumn[] {
  const visit = (field: Field, parents: readonly string[], repeated: boolean): LeafColumn[] => {
    const path = [...parents, field.name];
    if (isPrimitive(field.type))
      return [{ id: field.id, path, statName: path.map(quoteIdent).join('.'), type: field.type, repeated }];
    const inside = repeated || field.type.type !== 'struct';
    return childFields(field.type).flatMap((child) => visit(child, path, inside));
  };
  return schema.fields.flatMap((field) => visit(field, [], false));
}

/** The FIELD_IDS option of COPY, nested fields included. */
export function fieldIdsSql(schema: StructType): string {
  return structOf(schema.fields.map((field) => [field.name, idsOf(field.id, field.type)]));
}

function idsOf(id: number, type: IcebergType): string {
  const children = childFields(type);
  if (children.length === 0) return String(id);
  return structOf([
    ['__duckdb_field_id', String(id)],
    ...children.map((child) => [child.name, idsOf(child.id, child.type)] as const),
  ]);
}
