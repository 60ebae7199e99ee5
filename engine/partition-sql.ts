import { SluiceError } from '../base/errors';
import { fieldsById } from '../lake/iceberg/schema';
import { parseTransform, transformAccepts, type PartitionTransform } from '../lake/iceberg/transforms';
import type { PartitionField, PartitionSpec, PartitionValue, PrimitiveType, Schema } from '../lake/iceberg/types';
import { decimalOf, isPrimitive, kindOf, uuidBytes } from '../lake/iceberg/values';
import { quoteIdent, quoteText } from './sql';
import type { SqlValue } from './values';

/** One field of a partition spec, as SQL and back. */
export interface PartitionKey {
  readonly field: PartitionField;
  /** The partition value in a form that groups and sorts: integers, text or hex. */
  readonly sql: string;
  /** A row's `sql` value as Iceberg's partition tuple holds it. */
  value(found: SqlValue): PartitionValue;
  /** `event_time_day=2026-01-31`: only for people who look at file names. */
  pathPart(found: SqlValue): string;
}

/** The keys of a spec over a relation whose columns are the schema's. Throws UNSUPPORTED_TABLE for a transform or source that this version does not write. */
export function partitionKeys(spec: PartitionSpec, schema: Schema): readonly PartitionKey[] {
  const fields = fieldsById(schema);
  return spec.fields
    .filter((field) => field.transform !== 'void')
    .map((field) => {
      const source = fields.get(field['source-id']);
      const transform = parseTransform(field.transform);
      if (
        !source ||
        !isPrimitive(source.type) ||
        !schema.fields.includes(source) ||
        !transformAccepts(transform, source.type)
      ) {
        throw new SluiceError(
          'UNSUPPORTED_TABLE',
          `partition field ${field.name}: ${field.transform} of column id ${field['source-id']} cannot be written`,
        );
      }
      return partitionKey(field, transform, source.type, quoteIdent(source.name));
    });
}

/** The tuple in the order of the spec's fields; void ones are null. */
export function partitionTuple(
  spec: PartitionSpec,
  keys: readonly PartitionKey[],
  row: readonly SqlValue[],
): readonly PartitionValue[] {
  return spec.fields.map((field) => {
    const index = keys.findIndex((key) => key.field === field);
    return index < 0 ? null : keys[index]!.value(row[index] ?? null);
  });
}

/** SQL literal of a key's value, for a filter by IS NOT DISTINCT FROM. */
export function keyLiteral(found: SqlValue): string {
  if (found === null) return 'NULL';
  if (typeof found === 'number') return `${quoteText(String(found))}::DOUBLE`;
  return typeof found === 'string' ? quoteText(found) : String(found);
}

const DAY_MICROS = 86_400_000_000n;
const HOUR_MICROS = 3_600_000_000n;

function partitionKey(
  field: PartitionField,
  transform: PartitionTransform,
  type: PrimitiveType,
  column: string,
): PartitionKey {
  const sql = keySql(transform, type, column);
  const value = (found: SqlValue): PartitionValue => (found === null ? null : keyValue(transform, type, found));
  return {
    field,
    sql,
    value,
    pathPart: (found) => `${escaped(field.name)}=${escaped(pathText(transform, type, found))}`,
  };
}

function keySql(transform: PartitionTransform, type: PrimitiveType, column: string): string {
  switch (transform.kind) {
    case 'bucket':
      return bucketSql(transform.buckets, type, column);
    case 'truncate':
      return truncateSql(transform.width, type, column);
    case 'day':
      return daysSql(type, column);
    case 'hour':
      return floorDivide(`epoch_us(${column})`, HOUR_MICROS);
    case 'year':
      return `(year(${zoneless(type, column)}) - 1970)::INTEGER`;
    case 'month':
      return `((year(${zoneless(type, column)}) - 1970) * 12 + month(${zoneless(type, column)}) - 1)::INTEGER`;
    default:
      return plainSql(type, column);
  }
}

/** Parts of a timestamptz go through the calendar library; of a timestamp they are arithmetic. The session's zone is UTC, so they agree. */
function zoneless(type: PrimitiveType, column: string): string {
  return type === 'timestamptz' ? `make_timestamp(epoch_us(${column}))` : column;
}

function daysSql(type: PrimitiveType, column: string): string {
  return type === 'date' ? `(${column} - DATE '1970-01-01')::BIGINT` : floorDivide(`epoch_us(${column})`, DAY_MICROS);
}

/** DuckDB's // cuts towards zero; before 1970 that is the wrong way. */
function floorDivide(sql: string, by: bigint): string {
  return `((${sql} - ((${sql} % ${by} + ${by}) % ${by})) // ${by})`;
}

/** A value as something that JavaScript reads back exactly. */
function plainSql(type: PrimitiveType, column: string): string {
  if (decimalOf(type)) return unscaledSql(column);
  switch (kindOf(type)) {
    case 'date':
      return daysSql(type, column);
    case 'timestamp':
    case 'timestamptz':
      return `epoch_us(${column})`;
    case 'uuid':
      return `${column}::VARCHAR`;
    case 'binary':
    case 'fixed':
      return `hex(${column})`;
    case 'float':
      return `${column}::DOUBLE`;
    default:
      return column;
  }
}

function unscaledSql(column: string): string {
  return `replace(${column}::VARCHAR, '.', '')::HUGEINT`;
}

/** Functions of bucket-functions.ts: murmur3 is not among DuckDB's own, and in SQL arithmetic it costs three times as much. */
function bucketSql(buckets: number, type: PrimitiveType, column: string): string {
  if (decimalOf(type)) return `sluice_bucket_decimal(${unscaledSql(column)}, ${buckets})`;
  switch (kindOf(type)) {
    case 'string':
      return `sluice_bucket_text(${column}, ${buckets})`;
    case 'uuid':
      return `sluice_bucket_uuid(${column}::VARCHAR, ${buckets})`;
    case 'binary':
    case 'fixed':
      return `sluice_bucket_bytes(${column}, ${buckets})`;
    default:
      return `sluice_bucket_long((${plainSql(type, column)})::BIGINT, ${buckets})`;
  }
}

function truncateSql(width: number, type: PrimitiveType, column: string): string {
  const kind = kindOf(type);
  if (kind === 'string') return `left(${column}, ${width})`;
  if (kind === 'binary') return `left(hex(${column}), ${width * 2})`;
  const integer = `(${plainSql(type, column)})::HUGEINT`;
  return `(${integer} - ((${integer} % ${width} + ${width}) % ${width}))`;
}

function keyValue(transform: PartitionTransform, type: PrimitiveType, found: NonNullable<SqlValue>): PartitionValue {
  if (['bucket', 'year', 'month', 'day', 'hour'].includes(transform.kind)) return Number(found);
  switch (kindOf(type)) {
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return Number(found);
    case 'uuid':
      return uuidBytes(String(found));
    case 'binary':
    case 'fixed':
      return Buffer.from(String(found), 'hex');
    case 'boolean':
      return Boolean(found);
    case 'string':
      return String(found);
    default:
      return BigInt(found as bigint);
  }
}

function pathText(transform: PartitionTransform, type: PrimitiveType, found: SqlValue): string {
  if (found === null) return 'null';
  const at = (micros: bigint) => new Date(Number(micros / 1000n)).toISOString();
  if (transform.kind === 'day' || (transform.kind === 'identity' && type === 'date'))
    return at(BigInt(Number(found)) * DAY_MICROS).slice(0, 10);
  if (transform.kind === 'hour')
    return at(BigInt(Number(found)) * HOUR_MICROS)
      .slice(0, 13)
      .replace('T', '-');
  if (transform.kind === 'year') return String(1970 + Number(found));
  if (transform.kind === 'month')
    return `${1970 + Math.floor(Number(found) / 12)}-${String((((Number(found) % 12) + 12) % 12) + 1).padStart(2, '0')}`;
  return Array.from(String(found)).slice(0, 64).join('');
}

/** Safe in a path, a URL and a pattern of file names. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
