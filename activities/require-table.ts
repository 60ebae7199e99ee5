import { SluiceError } from '../base/errors';
import { formatTableName, parseTableName } from '../base/table-name';
import type { LoadedTable } from '../lake/lake';

/** Throws TABLE_NOT_FOUND that names `name` when the catalog has no such table. */
export function requireTable(table: LoadedTable | undefined, name: string): LoadedTable {
  if (table) return table;
  throw new SluiceError('TABLE_NOT_FOUND', `table ${formatTableName(parseTableName(name))} is not in the catalog`, {
    cure: 'Create the tables of the pipeline: sluice apply FILE',
  });
}
