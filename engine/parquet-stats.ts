import { truncateLowerBytes, truncateLowerText, truncateUpperBytes, truncateUpperText } from '../lake/iceberg/bounds';
import type { DataFile, PrimitiveType } from '../lake/iceberg/types';
import { decimalOf, encodeValue, kindOf, uuidBytes, type Value } from '../lake/iceberg/values';
import { exactMicros } from './exact-time';
import type { LeafColumn } from './parquet-columns';

/** One column's entry of RETURN_STATS: every value is text. */
export type ColumnStats = Readonly<
  Partial<Record<'column_size_bytes' | 'min' | 'max' | 'null_count' | 'num_values' | 'has_nan', string>>
>;

export type FileMetrics = Pick<
  DataFile,
  'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'
>;

/**
 * Iceberg's metrics from DuckDB's. A value that cannot be read exactly from its text gives no bound: a missing bound never prunes.
 * `nans` holds the counts of columns where `has_nan` is true, which DuckDB does not count.
 */
export function fileMetrics(
  columns: readonly LeafColumn[],
  stats: ReadonlyMap<string, ColumnStats>,
  nans: ReadonlyMap<number, bigint>,
): FileMetrics {
  const metrics = {
    columnSizes: map<bigint>(),
    valueCounts: map<bigint>(),
    nullValueCounts: map<bigint>(),
    nanValueCounts: map<bigint>(),
    lowerBounds: map<Buffer>(),
    upperBounds: map<Buffer>(),
  };
  for (const column of columns) {
    const found = stats.get(column.statName);
    if (!found) continue;
    const count = (target: Map<number, bigint>, text: string | undefined) =>
      text !== undefined && target.set(column.id, BigInt(text));
    count(metrics.columnSizes, found.column_size_bytes);
    count(metrics.valueCounts, found.num_values);
    count(metrics.nullValueCounts, found.null_count);
    if (isFloat(column.type)) {
      const nan = hasNan(found) ? nans.get(column.id) : 0n;
      if (nan !== undefined) metrics.nanValueCounts.set(column.id, nan);
    }
    if (column.repeated || found.min === undefined || found.max === undefined) continue;
    const lower = lowerBound(column.type, found.min);
    const upper = upperBound(column.type, found.max);
    if (lower) metrics.lowerBounds.set(column.id, lower);
    if (upper) metrics.upperBounds.set(column.id, upper);
  }
  return metrics;
}

export function hasNan(stats: ColumnStats): boolean {
  return stats.has_nan === 'true';
}

export function isFloat(type: PrimitiveType): boolean {
  return type === 'float' || type === 'double';
}

function map<T>(): Map<number, T> {
  return new Map<number, T>();
}

function lowerBound(type: PrimitiveType, text: string): Buffer | undefined {
  const value = statValue(type, text);
  if (value === undefined) return undefined;
  if (typeof value === 'string') return encodeValue(type, truncateLowerText(value));
  // Of the two zeros DuckDB keeps either; -0.0 is below both.
  if (isFloat(type) && value === 0) return encodeValue(type, -0);
  return Buffer.isBuffer(value) && kindOf(type) === 'binary' ? truncateLowerBytes(value) : encodeValue(type, value);
}

function upperBound(type: PrimitiveType, text: string): Buffer | undefined {
  const value = statValue(type, text);
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    const upper = truncateUpperText(value);
    return upper === undefined ? undefined : encodeValue(type, upper);
  }
  if (isFloat(type) && value === 0) return encodeValue(type, 0);
  return Buffer.isBuffer(value) && kindOf(type) === 'binary' ? truncateUpperBytes(value) : encodeValue(type, value);
}

const MICROS_PER_DAY = 86_400_000_000n;

/** The value that DuckDB printed. Undefined where the text is not a plain one: years before 1 or after 9999, infinite times. */
export function statValue(type: PrimitiveType, text: string): Value | undefined {
  const decimal = decimalOf(type);
  if (decimal) return /^-?\d+(\.\d+)?$/.test(text) ? BigInt(text.replace('.', '')) : undefined;
  switch (kindOf(type)) {
    case 'boolean':
      return text === '1' || text === 'true';
    case 'int':
      return Number(text);
    case 'long':
      return BigInt(text);
    case 'float':
    case 'double':
      return floatValue(text);
    case 'date': {
      const micros = exactMicros(`${text}T00:00:00`);
      return micros === undefined ? undefined : Number(micros / MICROS_PER_DAY);
    }
    case 'timestamp':
    case 'timestamptz':
      return exactMicros(text);
    case 'string':
      return text;
    case 'uuid':
      return uuidBytes(text);
    case 'binary':
    case 'fixed':
      return /^([0-9A-Fa-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined;
    default:
      return undefined;
  }
}

function floatValue(text: string): number | undefined {
  if (/^-?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}
