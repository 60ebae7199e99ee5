import type { TimeRange } from '../../stream/windows';
import { quoteIdent } from '../sql';
import { embedded } from '../user-query';

/** Microseconds since 1970 of a timestamp column, with or without a zone. */
export function microsOf(column: string): string {
  return `epoch_us(${quoteIdent(column)})`;
}

/** Milliseconds as a literal in microseconds. */
export function micros(ms: number): string {
  return `${BigInt(ms) * 1000n}::BIGINT`;
}

/** A timestamptz literal. */
export function instant(ms: number): string {
  return `make_timestamptz(${micros(ms)})`;
}

/** The largest multiple of `step` up to `value`, both microseconds; right for times before 1970 too, where DuckDB's % turns negative. */
export function floorTo(value: string, step: string): string {
  return `(${value} - ((${value} % ${step}) + ${step}) % ${step})`;
}

/** Rows of any of the ranges. On the column itself, not on its microseconds: so row groups are skipped by their statistics. */
export function withinRanges(column: string, ranges: readonly TimeRange[]): string {
  if (ranges.length === 0) return 'false';
  const name = quoteIdent(column);
  const terms = ranges.map(({ fromMs, toMs }) => {
    const bounds = [
      ...(fromMs === undefined ? [] : [`${name} >= ${instant(fromMs)}`]),
      ...(toMs === undefined ? [] : [`${name} < ${instant(toMs)}`]),
    ];
    return bounds.length === 0 ? 'true' : `(${bounds.join(' AND ')})`;
  });
  return `(${terms.join(' OR ')})`;
}

/** A relation that the user's query may read, under the name it has there. */
export interface NamedRelation {
  readonly name: string;
  /** SQL in parentheses. */
  readonly sql: string;
}

/** The user's query over its relations as one SELECT, in no order. */
export function windowRowsSql(query: string, relations: readonly NamedRelation[]): string {
  const ctes = relations.map(({ name, sql }) => `${quoteIdent(name)} AS (SELECT * FROM ${sql})`);
  return `WITH ${ctes.join(', ')} SELECT * FROM ${embedded(query)}`;
}

/** The same ordered by all columns, so that equal rows give equal files. */
export function windowQuerySql(query: string, relations: readonly NamedRelation[]): string {
  return `${windowRowsSql(query, relations)} ORDER BY ALL`;
}
