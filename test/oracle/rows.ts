import type { OracleRecord, OracleRow, OracleWindow, Value, WindowQuery } from './model';

/** Rows for the oracle's own tests: times in microseconds, offsets as given. */
export function row(
  offset: number,
  timeUs: number | bigint,
  fields: Readonly<Record<string, Value>> = {},
  partition = 0,
): OracleRow {
  const all = { k: null, g: null, v: null, ...fields };
  return { partition, offset: BigInt(offset), timestampMs: 9_000_000n, timeUs: BigInt(timeUs), fields: all };
}

export const unreadable = (offset: number, partition = 0): OracleRecord => ({
  ...row(offset, 0, {}, partition),
  timeUs: undefined,
});

/** Start, end and offsets of a window's rows: enough to see who is in it. */
export const members: WindowQuery = {
  sql: '',
  texts: [],
  compute: (rows, { startUs, endUs }) => [[startUs, endUs, rows.map(({ offset }) => offset).join(' ')]],
};

export const windowed = (shape: OracleWindow['shape'], latenessMs = 0): OracleWindow => ({
  table: 'db.w',
  shape,
  latenessMs,
  query: members,
});
