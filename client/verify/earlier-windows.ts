import { formatTableName, parseTableName, siblingTable } from '../../base/table-name';
import { currentSchema } from '../../lake/iceberg/metadata';
import { loadTables } from '../../lake/lake';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { leaseTable } from './tables';
import type { LeasedTable, TableSource } from './tables';

export interface EarlierLate {
  readonly tables: readonly LeasedTable[];
  /** Names of those that somebody dropped. */
  readonly dropped: readonly string[];
}

/** The `__late` tables of windows that the pipeline file no longer has: late rows that batches listed there are in the ledger's counts for ever. */
export async function leaseEarlierLate(
  source: TableSource,
  { pipeline, progress }: { readonly pipeline: Pipeline; readonly progress: Progress },
): Promise<EarlierLate> {
  const current = new Set(pipeline.windows.map(({ table }) => formatTableName(table)));
  const earlier = Object.keys(progress.windows ?? {}).filter((name) => !current.has(name));
  if (earlier.length === 0) return { tables: [], dropped: [] };
  const names = earlier.map((name) => siblingTable(parseTableName(name), 'late'));
  const standing = await loadTables(source.lake, source.hash, names);
  return {
    tables: await Promise.all([...standing.values()].map((table) => leaseTable(source, table))),
    dropped: names.map(formatTableName).filter((name) => !standing.has(name)),
  };
}

/** SQL of the pipeline's own rows in a `__late` table: of a window over several streams it lists those of the others, too. */
export function ownRows({ loaded, relation }: LeasedTable): string {
  const joins = currentSchema(loaded.metadata).fields.some(({ name }) => name === 'stream');
  return joins ? `(select * from ${relation} where stream = 'events')` : relation;
}
