import { formatTableName } from '../../base/table-name';
import { checkUserQuery, userQueryError } from '../../engine/user-query';
import { windowQuerySql } from '../../engine/windows/window-sql';
import type { NamedRelation } from '../../engine/windows/window-sql';
import type { WindowDefinition } from '../../pipeline/model';
import { showLakeTables } from './lake-views';
import type { WindowWork } from './work';

/** How messages call the query of a window. */
export const queryName = ({ table }: Pick<WindowDefinition, 'table'>): string =>
  `the query of ${formatTableName(table)}`;

/** Runs a window's query over its relations into DuckDB table `window_rows`, whose name it returns. Throws QUERY_FAILED for wrong SQL. */
export async function runWindowQuery(
  { deps, session, base }: WindowWork,
  window: WindowDefinition,
  relations: readonly NamedRelation[],
): Promise<string> {
  const what = queryName(window);
  const lakeTables = await checkUserQuery(session, {
    what,
    sql: window.query,
    relations: relations.map(({ name }) => name),
    lakeTables: true,
  });
  await showLakeTables(deps, session, { hash: base.hash, tables: lakeTables, what });
  const sql = windowQuerySql(window.query, relations);
  try {
    // Wrong SQL is final; what goes wrong while it runs may be memory or a disk, and is tried again.
    await session.describe(sql);
  } catch (error) {
    throw userQueryError(what, error);
  }
  // The writer looks at its rows more than once: the query itself runs once.
  await session.run(`create or replace table window_rows as ${sql}`);
  return 'window_rows';
}
