import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { Lake } from '../lake';
import type { TableState } from './history';
import { normalUri, tableRootOf } from './place';

/**
 * Which states a sweep of named tables has to mark: those under one of the names, of the same table under another name, or with metadata in
 * the same place, on whatever branch or tag. Throws TABLE_NOT_FOUND for a name that main does not have.
 */
export async function scopeOf(
  lake: Pick<Lake, 'nessie' | 'mainBranch'>,
  tables: readonly string[],
): Promise<(state: TableState) => boolean> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const named = (await lake.nessie.entries(hash)).filter(({ name }) => tables.includes(formatTableName(name)));
  const missing = tables.filter((table) => !named.some(({ name }) => formatTableName(name) === table));
  if (missing.length > 0)
    throw new SluiceError('TABLE_NOT_FOUND', `no table ${missing.join(', ')} on ${lake.mainBranch}`, {
      cure: 'Files of tables that were dropped: sluice sweep --dropped',
    });
  const ids = new Set(named.map(({ content }) => content.contentId));
  const roots = named.flatMap(({ content }) => tableRootOf(normalUri(content.metadataLocation)) ?? []);
  return ({ table, content }) =>
    tables.includes(table) ||
    (content.contentId !== undefined && ids.has(content.contentId)) ||
    roots.some((root) => normalUri(content.metadataLocation).startsWith(`${root}/`));
}
