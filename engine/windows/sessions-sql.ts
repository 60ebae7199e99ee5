import type { WindowShape } from '../../pipeline/model';
import { quoteIdent, quoteText, structOf } from '../sql';
import { floorTo, micros, microsOf } from './window-sql';

export type SessionShape = Extract<WindowShape, { kind: 'session' }>;

/** Columns of `sessionsSql`: the key as one value, its columns, start and end in microseconds, whether a row of the batch is in it. */
export const SESSION = { key: '"$ key"', start: '"$ start"', end: '"$ end"', fresh: '"$ fresh"' } as const;

/** The values of `by` as one value: equal also where columns are NULL, which `=` on the columns would not see. */
function keySql(by: readonly string[]): string {
  return by.length === 0 ? '0' : structOf(by.map((name) => [name, quoteIdent(name)]));
}

/** `_partition, _offset … "$ key", "$ t", "$ fresh"`: rows made ready for `sessionsSql`; `fresh` marks those of the batch. */
export function sessionRowsSql(input: {
  readonly source: string;
  readonly eventTime: string;
  readonly shape: SessionShape;
  readonly fresh: boolean;
}): string {
  const { source, eventTime, shape, fresh } = input;
  return `SELECT ${keySql(shape.by)} AS ${SESSION.key}, ${microsOf(eventTime)} AS "$ t", ${fresh} AS ${SESSION.fresh} FROM ${source}`;
}

/**
 * The sessions of rows (see sessionRowsSql), a function of their set: within key and cell (multiples of `max`) a row belongs to the session
 * of the row before it when it is at most `gap` later; a session ends `gap` after its last row, or with its cell.
 */
export function sessionsSql(rows: string, { gapMs, maxMs }: SessionShape): string {
  const { key, start, end, fresh } = SESSION;
  const [gap, max] = [micros(gapMs), micros(maxMs)];
  const cells = `SELECT *, ${floorTo('"$ t"', max)} AS "$ cell" FROM (${rows})`;
  const opened = `SELECT *, CASE WHEN "$ t" <= lag("$ t") OVER w + ${gap} THEN 0 ELSE 1 END AS "$ opens" FROM (${cells}) WINDOW w AS (PARTITION BY ${key}, "$ cell" ORDER BY "$ t")`;
  // Over RANGE: rows of one time are numbered alike, in whatever order this window and the one before see them.
  const numbered = `SELECT *, sum("$ opens") OVER (PARTITION BY ${key}, "$ cell" ORDER BY "$ t" RANGE UNBOUNDED PRECEDING) AS "$ n" FROM (${opened})`;
  return `SELECT ${key}, min("$ t") AS ${start}, least(max("$ t") + ${gap}, "$ cell" + ${max}) AS ${end}, bool_or(${fresh}) AS ${fresh} FROM (${numbered}) GROUP BY ${key}, "$ cell", "$ n"`;
}

/** Rows with the session they are in (window_start, window_end), for the sessions of relation `sessions` only. */
export function sessionEventsSql(input: {
  readonly source: string;
  readonly eventTime: string;
  readonly shape: SessionShape;
  readonly sessions: string;
}): string {
  const { source, eventTime, shape, sessions } = input;
  const { key, start, end } = SESSION;
  // The last session of the key that starts before the row: the row is in it unless a session that is not asked for lies between.
  return `(SELECT r.*, make_timestamptz(s.${start}) AS window_start, make_timestamptz(s.${end}) AS window_end
    FROM ${source} r ASOF JOIN (SELECT * FROM ${sessions}) s ON ${keyOfRow(shape.by)} = s.${key} AND epoch_us(r.${quoteIdent(eventTime)}) >= s.${start}
    WHERE epoch_us(r.${quoteIdent(eventTime)}) < s.${end})`;
}

function keyOfRow(by: readonly string[]): string {
  return by.length === 0 ? '0' : structOf(by.map((name) => [name, `r.${quoteIdent(name)}`]));
}

/** The key's columns out of the one value, under their own names, each with a comma behind it. `from` is a table alias and a dot, or nothing. */
export function keyColumns(shape: SessionShape, from: string): string {
  return shape.by
    .map((name) => `struct_extract(${from}${SESSION.key}, ${quoteText(name)}) AS ${quoteIdent(name)}, `)
    .join('');
}
