import { isSluiceError, SluiceError } from '../../base/errors';
import type { Lake } from '../lake';
import { loadMetadata } from '../lake';
import { inParallel } from '../manifests';
import type { RollbackPlan } from './rollback-plan';

const looksAtOnce = 16;

/**
 * Makes sure that all which comes back to main is still in the store: metadata, manifests and data files of tables that main does not hold any
 * more, and the manifest lists of the snapshots that they list. Throws NOT_RETAINED: putting back a state that was swept would break the tables.
 */
export async function requireRetained(lake: Pick<Lake, 'store'>, plan: RollbackPlan): Promise<void> {
  const wanted: { readonly table: string; readonly uri: string }[] = [];
  for (const { table, to, files, snapshots, problem } of plan.tables) {
    if (problem !== undefined && to) throw notRetained(plan.to, `${table}: ${problem}`);
    if (!to) continue;
    const metadata = await readMetadata(lake, plan, table, to.metadataLocation);
    const back = new Set(snapshots.added);
    for (const snapshot of metadata.snapshots)
      if (back.has(snapshot['snapshot-id'])) wanted.push({ table, uri: snapshot['manifest-list'] });
    for (const { change, path } of files.files) if (change === 'added') wanted.push({ table, uri: path });
  }
  const missing = (
    await inParallel(wanted, looksAtOnce, async (one) => ((await lake.store.head(one.uri)) ? undefined : one))
  ).filter((one) => one !== undefined);
  if (missing.length === 0) return;
  throw notRetained(
    plan.to,
    `${missing[0]!.table}: ${missing.length} of ${wanted.length} files are gone, the first is ${missing[0]!.uri}`,
  );
}

async function readMetadata(lake: Pick<Lake, 'store'>, plan: RollbackPlan, table: string, uri: string) {
  try {
    return await loadMetadata(lake, uri);
  } catch (error) {
    if (isSluiceError(error, 'OBJECT_NOT_FOUND')) throw notRetained(plan.to, `${table}: ${error.message}`);
    throw error;
  }
}

function notRetained(hash: string, what: string): SluiceError {
  return new SluiceError('NOT_RETAINED', `the state at ${hash.slice(0, 12)} is no longer retained: ${what}`, {
    cure: 'The sweep deleted files that only older commits named. Choose a newer commit, or a tag: what a tag names is kept.',
  });
}
