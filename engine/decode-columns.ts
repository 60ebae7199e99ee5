import type { DataType } from '../pipeline/model';
import { LINE } from './decode-source';
import { quoteIdent, quoteText, structOf } from './sql';
import { dataTypeToDuckdb } from './types';

const YEAR_1 = `TIMESTAMP '0001-01-01 00:00:00'`;
const YEAR_10000 = `TIMESTAMP '10000-01-01 00:00:00'`;

/** RFC 6901. */
export function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** SQL from the text shape to the type; NULL where the text is no such value. */
export function castSql(type: DataType, sql: string): string {
  switch (type.kind) {
    case 'string':
      return sql;
    case 'boolean':
      return `(${sql} = 'true')`;
    case 'float':
      // By way of double, as the reader does it for numbers: one rounding rule for all.
      return `TRY_CAST(TRY_CAST(${sql} AS DOUBLE) AS FLOAT)`;
    case 'timestamp':
      // The cast to TIMESTAMP would drop the zone and keep the wall clock.
      return `make_timestamp(epoch_us(TRY_CAST(${sql} AS TIMESTAMPTZ)))`;
    case 'binary':
      return `TRY(from_base64(${sql}))`;
    case 'list':
      return isText(type.element) ? sql : `list_transform(${sql}, lambda e: ${castSql(type.element, 'e')})`;
    case 'map': {
      if (isText(type.key) && isText(type.value)) return sql;
      const entries = `list_transform(map_entries(${sql}), lambda e: {'key': ${castSql(type.key, 'e.key')}, 'value': ${castSql(type.value, 'e.value')}})`;
      // map_from_entries fails the whole statement on a NULL key or a key that occurs twice.
      return `CASE WHEN ${keysSql(type, sql)} THEN map_from_entries(${entries}) END`;
    }
    case 'struct': {
      const fields = structOf(
        type.fields.map((field) => [field.name, castSql(field.type, `${sql}.${quoteIdent(field.name)}`)]),
      );
      return `CASE WHEN ${sql} IS NOT NULL THEN ${fields} END`;
    }
    default:
      return `TRY_CAST(${sql} AS ${dataTypeToDuckdb(type)})`;
  }
}

/** Where a value stands. */
export interface Source {
  readonly sql: string;
  /** JSON pointer from the line, where the place is the same in every line. */
  readonly pointer?: string;
}

export interface Context {
  readonly lines: boolean;
  readonly longNumbers: boolean;
}

/** SQL that is true where castSql lost nothing; NULL or false elsewhere. */
export function certainSql(type: DataType, source: Source, context: Context, required: boolean): string {
  const { sql } = source;
  const value = valueSql(type, source, context);
  if (required) return value === 'true' ? `${sql} IS NOT NULL` : `(${sql} IS NOT NULL AND ${value})`;
  if (isStructured(type)) {
    // NULL may be a list where a map was expected: only the line's text tells.
    const absent =
      context.lines && source.pointer !== undefined
        ? `coalesce(json_type(s.${quoteIdent(LINE)}, ${quoteText(source.pointer)}), 'NULL') = 'NULL'`
        : 'false';
    return `CASE WHEN ${sql} IS NULL THEN ${absent} ELSE ${value} END`;
  }
  return value === 'true' ? 'true' : `(${sql} IS NULL OR ${value})`;
}

/** The same for a value that is there. */
function valueSql(type: DataType, source: Source, context: Context): string {
  const { sql } = source;
  const cast = castSql(type, sql);
  switch (type.kind) {
    case 'string':
      return context.longNumbers
        ? `(NOT regexp_matches(${sql}, '^(-?[0-9]+[.eE]|[\\[{])') OR ${noLongNumber()})`
        : 'true';
    case 'boolean':
      return `${sql} IN ('true', 'false')`;
    case 'int':
    case 'bigint':
      return `${cast}::VARCHAR = ${sql}`;
    case 'date':
      return `(strlen(${sql}) = 10 AND ${cast}::VARCHAR = ${sql})`;
    case 'uuid':
      return `${cast}::VARCHAR = lower(${sql})`;
    case 'binary':
      // true, Infinity and 1234 look like base64, but only their text is: in doubt.
      return `(to_base64(${cast}) = ${sql} AND NOT regexp_full_match(${sql}, '[0-9][0-9eE+]*|true|(?i:infinity)'))`;
    case 'float':
    case 'double':
      return `(regexp_full_match(${sql}, '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?') AND isfinite(${cast}))`;
    case 'decimal':
      return decimalSql(type, sql, context);
    case 'timestamp':
    case 'timestamptz':
      return `(${plainTime(sql)} AND ${cast} >= ${YEAR_1} AND ${cast} < ${YEAR_10000})`;
    case 'list':
      return elementsSql(type.element, sql, context);
    case 'map':
      return mapSql(type, sql, context);
    case 'struct':
      return structSql(type, source, context);
  }
}

/** Plain digits that fit, so that the cast cannot round. 0.0 is in doubt too: the reader gives it for 1e-400. */
function decimalSql(type: DataType & { kind: 'decimal' }, sql: string, context: Context): string {
  const whole = type.precision - type.scale;
  const digits = whole === 0 ? '0' : `(0|[1-9][0-9]{0,${whole - 1}})`;
  const fraction = type.scale === 0 ? '' : `([.][0-9]{1,${type.scale}})?`;
  const plain = `regexp_full_match(${sql}, '-?${digits}${fraction}') AND ${sql} NOT IN ('0.0', '-0.0')`;
  return context.longNumbers ? `(${plain} AND ${noLongNumber()})` : `(${plain})`;
}

/**
 * Times in the two usual spellings. The cast alone would take 'infinity', 24:00, +25:00 and cut a seventh digit off.
 * LIKE and lengths first: an expression over the text costs four times as much, and most streams are of the first form.
 */
function plainTime(sql: string): string {
  const utc = `(strlen(${sql}) = 24 AND ${sql} LIKE '____-__-__T__:__:__.___Z' AND ${sql} NOT LIKE '___________24%' AND NOT contains(${sql}, ' '))`;
  const other = `regexp_full_match(${sql}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])?')`;
  return `CASE WHEN ${utc} THEN true ELSE ${other} END`;
}

function elementsSql(element: DataType, sql: string, context: Context): string {
  if (isText(element) && !context.longNumbers) return 'true';
  return `len(list_filter(${sql}, lambda e: NOT coalesce(${certainSql(element, { sql: 'e' }, context, false)}, false))) = 0`;
}

function mapSql(type: DataType & { kind: 'map' }, sql: string, context: Context): string {
  const values = elementsSql(type.value, `map_values(${sql})`, context);
  return values === 'true' ? keysSql(type, sql) : `(${keysSql(type, sql)} AND ${values})`;
}

/** Every key is a value of its type and none occurs twice. Pairs are compared up to three keys: a hash table per row costs five times that. */
function keysSql(type: DataType & { kind: 'map' }, sql: string): string {
  const keys = `map_keys(${sql})`;
  const typed = isText(type.key) ? keys : `list_transform(${keys}, lambda e: ${castSql(type.key, 'e')})`;
  const distinct =
    `CASE len(${keys}) WHEN 0 THEN true WHEN 1 THEN true WHEN 2 THEN ${typed}[1] <> ${typed}[2] ` +
    `WHEN 3 THEN ${typed}[1] <> ${typed}[2] AND ${typed}[1] <> ${typed}[3] AND ${typed}[2] <> ${typed}[3] ELSE list_unique(${typed}) = len(${keys}) END`;
  if (isText(type.key)) return distinct;
  const right = `len(list_filter(${keys}, lambda e: NOT coalesce(${certainSql(type.key, { sql: 'e' }, { lines: false, longNumbers: false }, true)}, false))) = 0`;
  return `(${right} AND ${distinct})`;
}

/** A struct of NULLs may be a number where an object was expected. */
function structSql(type: DataType & { kind: 'struct' }, { sql, pointer }: Source, context: Context): string {
  const fields = type.fields.map((field) => ({
    type: field.type,
    sql: `${sql}.${quoteIdent(field.name)}`,
    pointer: pointer === undefined ? undefined : pointer + pointerOf([field.name]),
  }));
  const parts = fields.map((field) =>
    certainSql(
      field.type,
      { sql: field.sql, ...(field.pointer === undefined ? {} : { pointer: field.pointer }) },
      context,
      false,
    ),
  );
  const anything = fields.map((field) => `${field.sql} IS NOT NULL`).join(' OR ');
  const object =
    context.lines && pointer !== undefined
      ? ` OR json_type(s.${quoteIdent(LINE)}, ${quoteText(pointer)}) = 'OBJECT'`
      : '';
  return `(${[`(${anything}${object})`, ...parts.filter((part) => part !== 'true')].join(' AND ')})`;
}

function noLongNumber(): string {
  return `NOT regexp_matches(s.${quoteIdent(LINE)}, '[0-9.]{16}')`;
}

function isText(type: DataType): boolean {
  return type.kind === 'string';
}

function isStructured(type: DataType): boolean {
  return type.kind === 'list' || type.kind === 'map' || type.kind === 'struct';
}
