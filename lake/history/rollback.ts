import { isSluiceError, SluiceError } from '../../base/errors';
import { sha256Hex } from '../../base/hash';
import { formatTableName } from '../../base/table-name';
import type { Lake } from '../lake';
import type { DiffEntry, TableContent, TableEntry } from '../nessie/types';
import type { RollbackPlan } from './rollback-plan';
import { rollbackFrom, rollbackPipelines, rollbackTo } from './standing-commits';

export interface RollbackCommit {
  readonly message: string;
  readonly by: string;
  readonly why: string;
}

export type RollbackOutcome = { readonly outcome: 'done'; readonly hash: string } | { readonly outcome: 'moved' };

/**
 * Puts the tables of a plan back in ONE new commit of main, on top of the head that the plan was computed for: the log keeps what was undone.
 * The commit is made on a branch and main is then moved onto it, which the catalog does only while main's head is still that very hash: a merge
 * or a plain commit would look at the keys that change and let a new table, or a batch of an untouched one, slip in between.
 * `moved`: another commit was first, nothing happened. Throws COMMIT_UNKNOWN when main does not tell whether it is done.
 */
export async function publishRollback(
  lake: Pick<Lake, 'nessie' | 'mainBranch'>,
  plan: RollbackPlan,
  { message, by, why }: RollbackCommit,
): Promise<RollbackOutcome> {
  const { nessie, mainBranch } = lake;
  const name = `rollback.x${sha256Hex(`${plan.from}${plan.to}${plan.pipelines?.join() ?? ''}`).slice(0, 12)}`;
  await dropBranch(lake, name); // of an attempt that was killed
  await nessie.createRef({ name, type: 'BRANCH', from: { name: mainBranch, hash: plan.from } });
  try {
    const committed = await nessie.commit({
      branch: name,
      baseHash: plan.from,
      message,
      properties: {
        [rollbackTo]: plan.to,
        [rollbackFrom]: plan.from,
        ...(plan.pipelines && { [rollbackPipelines]: plan.pipelines.join(',') }),
        'sluice.table': plan.entries.map((entry) => formatTableName(entry.name)).join(','),
        'sluice.by': by,
        'sluice.why': why,
      },
      puts: plan.entries.flatMap(putOf),
      deletes: plan.entries.flatMap((entry) => (entry.to ? [] : [entry.name])),
      createNamespaces: [...new Set(plan.entries.flatMap((entry) => (entry.to ? [entry.name.namespace] : [])))],
    });
    if (committed.outcome !== 'committed') {
      // Nothing of this is on main: the branch is ours alone.
      throw new SluiceError(
        'COMMIT_UNKNOWN',
        `the commit on ${name} ended as ${committed.outcome}; main was not touched`,
        {
          cure: 'Run the rollback again.',
          ...(committed.outcome === 'unknown' && { cause: committed.cause }),
        },
      );
    }
    const { hash } = committed;
    try {
      await nessie.assignRef({ type: 'BRANCH', name: mainBranch, hash: plan.from }, { name, hash });
      return { outcome: 'done', hash };
    } catch (error) {
      if (isSluiceError(error, 'CATALOG_CONFLICT')) return { outcome: 'moved' };
      // The answer got lost, and main may have moved on from our commit since.
      if (isSluiceError(error, 'COMMIT_UNKNOWN') && (await isOnMain(lake, plan.from, hash)))
        return { outcome: 'done', hash };
      throw error;
    }
  } finally {
    await dropBranch(lake, name);
  }
}

/** The content id is the one that the key has now; a key that is not there gets a new one. */
function putOf({ name, from, to }: DiffEntry): readonly TableEntry[] {
  if (!to) return [];
  const { contentId: _old, ...pointer } = to;
  const content: TableContent = from?.contentId === undefined ? pointer : { ...pointer, contentId: from.contentId };
  return [{ name, content }];
}

async function isOnMain(
  { nessie, mainBranch }: Pick<Lake, 'nessie' | 'mainBranch'>,
  from: string,
  hash: string,
): Promise<boolean> {
  const head = await nessie.getRef(mainBranch);
  for await (const entry of nessie.log(head.hash)) {
    if (entry.hash === hash) return true;
    if (entry.hash === from) return false;
  }
  return false;
}

async function dropBranch({ nessie }: Pick<Lake, 'nessie'>, name: string): Promise<void> {
  const left = await nessie.tryGetRef(name);
  if (left) await nessie.deleteRef(left);
}

/** Deletes the branches on which batches of these pipelines wait: one that was cut before the rollback could bring an undone batch back. */
export async function dropAuditBranches(
  { nessie }: Pick<Lake, 'nessie'>,
  pipelines: readonly string[],
): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const pipeline of pipelines) {
    for (const ref of await nessie.listRefs({ prefix: `batch.${pipeline}.` })) {
      // Names may hold dots: `batch.a.b.1` is a batch of a.b, not of a.
      if (!/^\d+$/.test(ref.name.slice(`batch.${pipeline}.`.length))) continue;
      await nessie.deleteRef(ref);
      dropped.push(ref.name);
    }
  }
  return dropped;
}
