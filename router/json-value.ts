import { DuckDBTypeId, type DuckDBValueConverter } from '@duckdb/node-api';
import { toSqlValue, type SqlValue } from '../engine/values';

/**
 * A value of a result as it goes into JSON, exactly: integers of any size are numbers (bigint here, bare digits in the text), decimals, dates,
 * times, intervals and UUIDs are text, binary is base64, a map is a list of `[key, value]` pairs, and the doubles that JSON lacks are the texts
 * `NaN`, `Infinity` and `-Infinity`. The type of its column tells how to read it back.
 */
export type JsonValue =
  null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

type Convert = DuckDBValueConverter<JsonValue>;

/** DuckDB's values as JsonValue. */
export const toJsonValue: Convert = (value, type, converter) => {
  if (value === null) return null;
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return Number.isFinite(value) ? (value as number) : String(value);
    case DuckDBTypeId.BLOB: {
      const { bytes } = value as unknown as { readonly bytes: Uint8Array };
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    case DuckDBTypeId.TIMESTAMP_TZ:
      // The two infinities have no zone.
      return (
        infinityOf(value as unknown as { readonly micros: bigint }) ??
        plain(toSqlValue(value, type, converter as DuckDBValueConverter<SqlValue>))
      );
    default:
      return plain(toSqlValue(value, type, converter as DuckDBValueConverter<SqlValue>));
  }
};

const positiveInfinity = 2n ** 63n - 1n;

function infinityOf({ micros }: { readonly micros: bigint }): string | undefined {
  if (micros === positiveInfinity) return 'infinity';
  return micros === -positiveInfinity ? '-infinity' : undefined;
}

/** A type that neither list of converters knows comes as it is or as an object of the driver: its text then. */
function plain(value: SqlValue | null | undefined): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
    return value as JsonValue;
  return String(value);
}

/** Bytes that the value takes in JSON, about. */
export function jsonSize(value: JsonValue): number {
  switch (typeof value) {
    case 'string':
      return value.length + 3;
    case 'object': {
      if (value === null) return 5;
      let size = 3;
      if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) size += jsonSize(item);
      else for (const [name, item] of Object.entries(value)) size += name.length + 4 + jsonSize(item);
      return size;
    }
    default:
      return 8;
  }
}

/** The JSON text of a value; fields that are undefined are left out. Not `JSON.stringify`: that refuses bigint and drops the sign of -0. */
export function jsonText(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0.0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default: {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(jsonText).join(',')}]`;
      return `{${Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item)}`)
        .join(',')}}`;
    }
  }
}
