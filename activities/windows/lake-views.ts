import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { quoteIdent } from '../../engine/sql';
import { loadTables } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import type { ActivityDeps } from '../deps';
import { scannedRows } from '../files';

/** Makes tables of the lake, as they are at `hash`, visible to SQL of the session under their own names. */
export async function showLakeTables(
  deps: ActivityDeps,
  session: Session,
  { hash, tables, what }: { readonly hash: string; readonly tables: readonly TableName[]; readonly what: string },
): Promise<void> {
  if (tables.length === 0) return;
  const loaded = await loadTables(deps.lake, hash, tables);
  for (const name of tables) {
    const table = loaded.get(formatTableName(name));
    if (!table) {
      throw new SluiceError('QUERY_FAILED', `${what}: it reads ${formatTableName(name)}, which is not in the catalog`, {
        cure: 'Create and fill that table first, or correct its name.',
      });
    }
    const relation = await scannedRows(deps, table, (await planScan(deps.lake, table)).files);
    await session.run(`create schema if not exists ${quoteIdent(name.namespace)}`);
    await session.run(
      `create or replace view ${quoteIdent(name.namespace)}.${quoteIdent(name.name)} as select * from ${relation}`,
    );
  }
}
