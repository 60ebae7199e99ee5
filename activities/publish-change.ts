import { SluiceError } from '../base/errors';
import { sha256Hex } from '../base/hash';
import { formatTableName } from '../base/table-name';
import { commitTables } from '../lake/commit';
import { loadTable } from '../lake/lake';
import type { LoadedTable } from '../lake/lake';
import type { StagedTable } from '../lake/stage';
import type { TableName } from '../base/table-name';
import type { ActivityDeps } from './deps';
import { requireTable } from './open-pipeline';

/** Upkeep that loses the race this often yields: the next run of its schedule finds the same work. */
const MAX_TRIES = 5;

export interface UpkeepChange {
  readonly table: TableName;
  /** Says in the branch's name and the commit's properties what this is: `compaction`, `expiry`. */
  readonly kind: string;
  readonly id: string;
  readonly message: string;
  /** Stages the change on the table as main has it now; undefined when there is nothing (left) to do. Called again after a lost race. */
  stage(table: LoadedTable): Promise<StagedTable | undefined>;
}

/**
 * Publishes a change of upkeep to one table: branch, one commit, merge. Batches have the right of way, so a lost race stages
 * metadata again on the new head and never rewrites data. An unknown outcome is settled by the retry of the activity, which
 * reads main again.
 */
export async function publishChange(
  deps: ActivityDeps,
  change: UpkeepChange,
): Promise<'published' | 'nothing' | 'yielded'> {
  const { lake } = deps;
  const name = formatTableName(change.table);
  const properties = { [`sluice.${change.kind}`]: change.id, 'sluice.table': name };
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const staged = await change.stage(requireTable(await loadTable(lake, hash, change.table), name));
    if (!staged) return 'nothing';
    // The head is part of the name: a zombie's branch is another branch.
    const branch = `${change.kind}.${name}.x${sha256Hex(`${change.id}${hash}`).slice(0, 12)}`;
    await lake.nessie.createRef({ name: branch, type: 'BRANCH', from: { name: lake.mainBranch, hash } });
    try {
      const committed = await commitTables(lake, {
        branch,
        baseHash: hash,
        staged: [staged],
        message: change.message,
        properties,
      });
      if (committed.outcome === 'committed') {
        const merged = await lake.nessie.merge({
          from: { name: branch, hash: committed.hash },
          into: { name: lake.mainBranch, hash },
          message: change.message,
          properties,
        });
        if (merged.outcome === 'merged') return 'published';
        if (merged.outcome === 'unknown') {
          throw new SluiceError('COMMIT_UNKNOWN', `the merge of ${branch} got no answer`, {
            cause: merged.cause,
            cure: 'Tried again by itself, after reading main.',
          });
        }
      }
    } finally {
      const left = await lake.nessie.tryGetRef(branch);
      if (left) await lake.nessie.deleteRef(left);
    }
  }
  return 'yielded';
}
