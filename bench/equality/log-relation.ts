import { quoteText, structOf } from '../../engine/sql';

/** Column of a log -> its field in the messages and its DuckDB type; timestamps are texts there. */
export type LogColumns = Readonly<Record<string, readonly [field: string, type: string]>>;

/** SQL of the rows of an event log, in parentheses: `_partition`, `_offset`, `_timestamp`, then the columns. */
export function logRelation(logPath: string, columns: LogColumns): string {
  const fields: (readonly [string, string])[] = [
    ['_partition', 'INTEGER'],
    ['_offset', 'BIGINT'],
    ['_timestamp', 'BIGINT'],
    ...Object.values(columns).map(([field, type]) => [field, type] as const),
  ];
  const typed = structOf(fields.map(([field, type]) => [field, quoteText(type)] as const));
  const named = Object.entries(columns).map(([name, [field]]) => `"${field}" as "${name}"`);
  return `(select _partition, _offset, make_timestamptz(_timestamp * 1000) as _timestamp, ${named.join(', ')}
    from read_json(${quoteText(logPath)}, format = 'newline_delimited', columns = ${typed}))`;
}
