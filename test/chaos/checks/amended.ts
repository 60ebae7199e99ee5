import { formatTableName } from '../../../base/table-name';
import { loadTable } from '../../../lake/lake';
import type { Lakehouse } from '../../real/support/lakehouse';

/** Problems when no batch took published windows back: the case would not show what it is for. */
export async function requireAmended({ lake, pipeline }: Lakehouse, notes: string[]): Promise<readonly string[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const problems: string[] = [];
  const found: string[] = [];
  for (const { table } of pipeline.windows) {
    const loaded = await loadTable(lake, hash, table);
    const count = loaded?.metadata.snapshots.filter(({ summary }) => summary.operation === 'overwrite').length ?? 0;
    if (count === 0) problems.push(`no batch changed published windows of ${formatTableName(table)}`);
    found.push(`${table.name.slice(table.name.lastIndexOf('_') + 1)} ${count}`);
  }
  notes.push(`overwrite commits: ${found.join(', ')}`);
  return problems;
}
