import {
  createDuckDBValueConverter,
  DuckDBTimestampValue,
  DuckDBTypeId,
  JSDuckDBValueConverter,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
} from '@duckdb/node-api';

/**
 * A value as a row of `Session.rows` holds it. Nothing is rounded: 64-bit and larger integers are bigint, decimals, dates and times are text
 * (`12.30`, `2026-01-31`, `2026-01-31T12:00:00.123456`, with `Z` at the end for timestamptz), a map is a list of `[key, value]` pairs.
 */
export type SqlValue =
  null | boolean | number | bigint | string | Buffer | readonly SqlValue[] | { readonly [name: string]: SqlValue };

export type Row = Readonly<Record<string, SqlValue>>;

type Convert = DuckDBValueConverter<SqlValue>;

const asIs: Convert = (value, type, converter) => JSDuckDBValueConverter(value, type, converter as never) as SqlValue;
const asText: Convert = (value) => String(value);
const asBuffer: Convert = (value) => Buffer.from((value as { bytes: Uint8Array }).bytes);
const asTime: Convert = (value) => String(value).replace(' ', 'T');
// The driver prints timestamptz in the zone of the process; the instant is what counts here.
const asInstant: Convert = (value) => {
  const text = String(new DuckDBTimestampValue((value as { micros: bigint }).micros)).replace(' ', 'T');
  return text.endsWith('infinity') ? text : `${text}Z`;
};
const asPairs: Convert = (value, type, converter) => {
  const { keyType, valueType } = type as unknown as { keyType: DuckDBType; valueType: DuckDBType };
  const { entries } = value as unknown as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };
  return entries.map((entry) => [
    converter(entry.key, keyType, converter),
    converter(entry.value, valueType, converter),
  ]);
};

const exceptions: readonly (readonly [convert: Convert, ids: readonly DuckDBTypeId[]])[] = [
  [
    asText,
    [
      DuckDBTypeId.DATE,
      DuckDBTypeId.TIME,
      DuckDBTypeId.TIME_NS,
      DuckDBTypeId.TIME_TZ,
      DuckDBTypeId.INTERVAL,
      DuckDBTypeId.DECIMAL,
      DuckDBTypeId.UUID,
      DuckDBTypeId.BIT,
    ],
  ],
  [asTime, [DuckDBTypeId.TIMESTAMP, DuckDBTypeId.TIMESTAMP_S, DuckDBTypeId.TIMESTAMP_MS, DuckDBTypeId.TIMESTAMP_NS]],
  [asInstant, [DuckDBTypeId.TIMESTAMP_TZ]],
  [asBuffer, [DuckDBTypeId.BLOB]],
  [asPairs, [DuckDBTypeId.MAP]],
];

const everyId = Object.values(DuckDBTypeId).filter((id) => typeof id === 'number');
const converters = Object.fromEntries([
  ...everyId.map((id) => [id, asIs] as const),
  ...exceptions.flatMap(([convert, ids]) => ids.map((id) => [id, convert] as const)),
]) as Parameters<typeof createDuckDBValueConverter<SqlValue>>[0];

/** DuckDB's values as SqlValue. */
export const toSqlValue: Convert = createDuckDBValueConverter<SqlValue>(converters);
