import { formatTableName, parseTableName, siblingTable } from '../../base/table-name';
import { currentSchema } from '../../lake/iceberg/metadata';
import { loadTables } from '../../lake/lake';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { leaseTable } from './tables';
import type { LeasedTable, TableSource } from './tables';

/**
 * The `__late` tables of windows that the pipeline file no longer has: late rows that batches listed there are in the ledger's counts for ever.
 * Those of tables that were dropped are missing.
 */
export async function leaseEarlierLate(
  source: TableSource,
  { pipeline, progress }: { readonly pipeline: Pipeline; readonly progress: Progress },
): Promise<readonly LeasedTable[]> {
  const current = new Set(pipeline.windows.map(({ table }) => formatTableName(table)));
  const earlier = Object.keys(progress.windows ?? {}).filter((name) => !current.has(name));
  if (earlier.length === 0) return [];
  const names = earlier.map((name) => siblingTable(parseTableName(name), 'late'));
  const standing = await loadTables(source.lake, source.hash, names);
  return Promise.all([...standing.values()].map((table) => leaseTable(source, table)));
}

/** SQL of the pipeline's own rows in a `__late` table: of a window over several streams it lists those of the others, too. */
export function ownRows({ loaded, relation }: LeasedTable): string {
  const joins = currentSchema(loaded.metadata).fields.some(({ name }) => name === 'stream');
  return joins ? `(select * from ${relation} where stream = 'events')` : relation;
}
