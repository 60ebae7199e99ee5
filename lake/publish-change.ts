import { isSluiceError, SluiceError } from '../base/errors';
import { sha256Hex } from '../base/hash';
import { formatTableName } from '../base/table-name';
import type { TableName } from '../base/table-name';
import { commitTables } from './commit';
import { loadTables } from './lake';
import type { Lake, LoadedTable } from './lake';
import type { NessieRef } from './nessie/nessie';
import { openRightOfWay } from './right-of-way';
import type { StagedTable } from './stage';

/** A change that loses the race this often yields: the next run finds the same work. */
const MAX_TRIES = 5;
/** Longer than most batches need from their staging to their merge. */
const PATIENCE_MS = 3_000;

export interface LakeChange {
  readonly tables: readonly TableName[];
  /** Says in the branch's name and the commit's properties what this is: `compaction`, `expiry`, `evolution`. */
  readonly kind: string;
  readonly id: string;
  readonly message: string;
  /** More of the commit's properties, beside `sluice.<kind>` and `sluice.table`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** How long batches of these tables are waited for, in all. */
  readonly patienceMs?: number;
  /**
   * Stages the change on the tables as main has them now, at `hash`, by `namespace.name`; those that do not exist are left out. Nothing staged:
   * there is nothing (left) to do. Called again after a lost race.
   */
  stage(tables: ReadonlyMap<string, LoadedTable>, hash: string): Promise<readonly StagedTable[]>;
}

export type PublishOutcome = 'published' | 'nothing' | 'yielded';

/**
 * Publishes a change by upkeep or by a person: branch, one commit over all its tables, merge at the hash it was staged on. Batches have the
 * right of way (right-of-way.ts). A lost race stages metadata again on the new head and never rewrites data. Throws COMMIT_UNKNOWN when
 * the merge got no answer; calling again settles it by reading main.
 */
export async function publishChange(
  lake: Pick<Lake, 'nessie' | 'store' | 'mainBranch' | 'warehouse'>,
  change: LakeChange,
): Promise<PublishOutcome> {
  const names = change.tables.map(formatTableName);
  const properties = { [`sluice.${change.kind}`]: change.id, 'sluice.table': names.join(','), ...change.properties };
  const rightOfWay = openRightOfWay(lake, change.patienceMs ?? PATIENCE_MS);
  for (let lostRaces = 0; lostRaces < MAX_TRIES;) {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const tables = await loadTables(lake, hash, change.tables);
    if (await rightOfWay.hadToWait(tables.values())) continue;
    const staged = await change.stage(tables, hash);
    if (staged.length === 0) return 'nothing';
    // The head is part of the name: a zombie's branch is another branch, unless main has not moved since.
    const branch = `${change.kind}.${names[0]!}.x${sha256Hex(`${change.id}${hash}`).slice(0, 12)}`;
    const beforeMerge = async () => !(await rightOfWay.hadToWait(tables.values()));
    try {
      const commit = { branch, hash, staged, message: change.message, properties, beforeMerge };
      const outcome = await commitAndMerge(lake, commit);
      if (outcome === 'merged') return 'published';
      if (outcome === 'lost') lostRaces += 1;
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
  /** False: the merge would come in the way of a batch. */
  beforeMerge(): Promise<boolean>;
}

/** `lost`: another writer was first, or an attempt of the same change took the branch away. */
async function commitAndMerge(
  lake: Pick<Lake, 'nessie' | 'mainBranch'>,
  { branch, hash, staged, message, properties, beforeMerge }: Staged,
): Promise<'merged' | 'lost' | 'gave way'> {
  const main = { name: lake.mainBranch, hash };
  try {
    await startBranch(lake, branch, main);
    const committed = await commitTables(lake, { branch, baseHash: hash, staged, message, properties });
    if (committed.outcome === 'unknown') throw unanswered('commit', branch, committed.cause);
    if (committed.outcome !== 'committed') return 'lost';
    if (!(await beforeMerge())) return 'gave way';
    const from = { name: branch, hash: committed.hash };
    const merged = await lake.nessie.merge({ from, into: main, message, properties });
    if (merged.outcome === 'unknown') throw unanswered('merge', branch, merged.cause);
    return merged.outcome === 'merged' ? 'merged' : 'lost';
  } catch (error) {
    if (isSluiceError(error, 'REF_NOT_FOUND')) return 'lost';
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
