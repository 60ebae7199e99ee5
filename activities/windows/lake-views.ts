import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { filesRelation } from '../../engine/read-files';
import { quoteIdent } from '../../engine/sql';
import { currentSchema } from '../../lake/iceberg/metadata';
import { loadTables } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import type { ActivityDeps } from '../deps';
import { localFiles } from '../files';

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
    const relation = filesRelation(currentSchema(table.metadata), await allFiles(deps, table));
    await session.run(`create schema if not exists ${quoteIdent(name.namespace)}`);
    await session.run(
      `create or replace view ${quoteIdent(name.namespace)}.${quoteIdent(name.name)} as select * from ${relation}`,
    );
  }
}

async function allFiles(deps: ActivityDeps, table: LoadedTable): Promise<readonly string[]> {
  const { files } = await planScan(deps.lake, table);
  if (files.some(({ deletes }) => deletes.length > 0)) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `${formatTableName(table.name)} has row-level deletes, which window queries cannot apply`,
      { cure: 'Compact the table with the engine that wrote the deletes.' },
    );
  }
  return localFiles(
    deps,
    files.map(({ file }) => file),
  );
}
