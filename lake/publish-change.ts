import { isSluiceError, SluiceError } from '../base/errors';
import { sha256Hex } from '../base/hash';
import { formatTableName } from '../base/table-name';
import type { TableName } from '../base/table-name';
import { commitTables } from './commit';
import { loadTables } from './lake';
import type { Lake, LoadedTable } from './lake';
import type { NessieRef } from './nessie/nessie';
import type { StagedTable } from './stage';

/** A change that loses the race this often yields: the next run finds the same work. */
const MAX_TRIES = 5;

export interface LakeChange {
  readonly tables: readonly TableName[];
  /** Says in the branch's name and the commit's properties what this is: `compaction`, `expiry`, `evolution`. */
  readonly kind: string;
  readonly id: string;
  readonly message: string;
  /** More of the commit's properties, beside `sluice.<kind>` and `sluice.table`. */
  readonly properties?: Readonly<Record<string, string>>;
  /**
   * Stages the change on the tables as main has them now, by `namespace.name`; those that do not exist are left out. Nothing staged: there is
   * nothing (left) to do. Called again after a lost race.
   */
  stage(tables: ReadonlyMap<string, LoadedTable>): Promise<readonly StagedTable[]>;
}

export type PublishOutcome = 'published' | 'nothing' | 'yielded';

/**
 * Publishes a change by upkeep or by a person: branch, one commit over all its tables, merge at the hash it was staged on. Batches have the
 * right of way, so a lost race stages metadata again on the new head and never rewrites data. Throws COMMIT_UNKNOWN when the merge got
 * no answer; calling again settles it by reading main.
 */
export async function publishChange(
  lake: Pick<Lake, 'nessie' | 'store' | 'mainBranch' | 'warehouse'>,
  change: LakeChange,
): Promise<PublishOutcome> {
  const names = change.tables.map(formatTableName);
  const properties = { [`sluice.${change.kind}`]: change.id, 'sluice.table': names.join(','), ...change.properties };
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const staged = await change.stage(await loadTables(lake, hash, change.tables));
    if (staged.length === 0) return 'nothing';
    // The head is part of the name: a zombie's branch is another branch, unless main has not moved since.
    const branch = `${change.kind}.${names[0]!}.x${sha256Hex(`${change.id}${hash}`).slice(0, 12)}`;
    try {
      if (await commitAndMerge(lake, { branch, hash, staged, message: change.message, properties })) return 'published';
    } finally {
      await dropIfThere(lake, branch);
    }
  }
  return 'yielded';
}

interface Staged {
  readonly branch: string;
  readonly hash: string;
  readonly staged: readonly StagedTable[];
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** False when another writer was first, or an attempt of the same change took the branch away. */
async function commitAndMerge(
  lake: Pick<Lake, 'nessie' | 'mainBranch'>,
  { branch, hash, staged, message, properties }: Staged,
): Promise<boolean> {
  const main = { name: lake.mainBranch, hash };
  try {
    await startBranch(lake, branch, main);
    const committed = await commitTables(lake, { branch, baseHash: hash, staged, message, properties });
    if (committed.outcome === 'unknown') throw unanswered('commit', branch, committed.cause);
    if (committed.outcome !== 'committed') return false;
    const from = { name: branch, hash: committed.hash };
    const merged = await lake.nessie.merge({ from, into: main, message, properties });
    if (merged.outcome === 'unknown') throw unanswered('merge', branch, merged.cause);
    return merged.outcome === 'merged';
  } catch (error) {
    if (isSluiceError(error, 'REF_NOT_FOUND')) return false;
    throw error;
  }
}

/** A killed attempt leaves its branch, with its commit on it: what it staged is staged again, so the branch starts anew. */
async function startBranch(
  lake: Pick<Lake, 'nessie'>,
  branch: string,
  main: { readonly name: string; readonly hash: string },
): Promise<NessieRef> {
  const create = () => lake.nessie.createRef({ name: branch, type: 'BRANCH', from: main });
  try {
    return await create();
  } catch (error) {
    if (!isSluiceError(error, 'CATALOG_CONFLICT')) throw error;
    await dropIfThere(lake, branch);
    return create();
  }
}

async function dropIfThere(lake: Pick<Lake, 'nessie'>, branch: string): Promise<void> {
  const left = await lake.nessie.tryGetRef(branch);
  if (left) await lake.nessie.deleteRef(left);
}

function unanswered(what: string, branch: string, cause: unknown): SluiceError {
  return new SluiceError('COMMIT_UNKNOWN', `the ${what} of ${branch} got no answer`, {
    cause,
    cure: 'Tried again by itself, after reading main; from the command line: run the command again.',
  });
}
