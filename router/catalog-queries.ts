import { quoteText } from '../engine/sql';
import type { TableName } from '../base/table-name';
import type { Statement } from './statement';

/** SHOW TABLES and SHOW SCHEMAS as a query over the names that the catalog gave: DuckDB would show those of this query only. */
export function showSql(show: NonNullable<Statement['show']>, names: readonly TableName[]): string {
  const rows =
    show.kind === 'schemas'
      ? [...new Set(names.map(({ namespace }) => namespace))].map((namespace) => [namespace])
      : names.filter((name) => isIn(name, show.namespace)).map(({ namespace, name }) => [namespace, name]);
  const columns = show.kind === 'schemas' ? 'namespace' : 'namespace, name';
  const values =
    rows.length === 0
      ? `(${columns.replaceAll(/\w+/g, 'NULL::VARCHAR')})`
      : rows.map((row) => `(${row.map(quoteText).join(', ')})`).join(', ');
  return `SELECT * FROM (VALUES ${values}) AS found(${columns})${rows.length === 0 ? ' WHERE false' : ''} ORDER BY ALL`;
}

function isIn({ namespace }: TableName, wanted: string | undefined): boolean {
  return wanted === undefined || namespace.toLowerCase() === wanted.toLowerCase();
}
