import { formatTableName, siblingTable } from '../../base/table-name';
import type { Lake } from '../../lake/lake';
import type { TableName } from '../../base/table-name';
import { check } from './report';
import type { CheckReport, Problem } from './report';

/**
 * Walks the Nessie log back from `hash`: the batches of a pipeline appear in order without a hole, each in one commit that
 * changes the raw table and its ledger together (rule 6).
 */
export async function checkCommits(
  lake: Lake,
  input: { readonly hash: string; readonly pipeline: string; readonly table: TableName },
): Promise<CheckReport> {
  const problems: Problem[] = [];
  const together = [formatTableName(input.table)];
  const ledger = formatTableName(siblingTable(input.table, 'batches'));
  let newer: bigint | undefined;
  let commits = 0;
  for await (const entry of lake.nessie.log(input.hash, { withOperations: true })) {
    if (entry.properties['sluice.pipeline'] !== input.pipeline || entry.properties['sluice.batch'] === undefined)
      continue;
    const batch = BigInt(entry.properties['sluice.batch']);
    commits += 1;
    if (newer !== undefined && batch !== newer - 1n)
      problems.push({
        message: `commit ${entry.hash.slice(0, 12)} publishes batch ${batch}, the next one batch ${newer}`,
      });
    newer = batch;
    const changed = new Set((entry.operations ?? []).map(({ name }) => formatTableName(name)));
    const required = entry.properties['sluice.offsets'] ? [...together, ledger] : together;
    const absent = required.filter((name) => !changed.has(name));
    if (absent.length > 0)
      problems.push({
        message: `commit ${entry.hash.slice(0, 12)} of batch ${batch} does not change ${absent.join(', ')}`,
      });
  }
  if (newer !== undefined && newer !== 1n)
    problems.push({ message: `the log begins with batch ${newer}, not with batch 1` });
  return check('commits whole', `${commits} commits of main walked, each with all tables of its batch`, problems);
}
