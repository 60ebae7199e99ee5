import { isSluiceError, SluiceError } from '../../base/errors';
import { readManifestList } from '../iceberg/manifest-list';
import type { Lake } from '../lake';
import { loadMetadata } from '../lake';
import { inParallel } from '../manifests';
import type { RollbackPlan } from './rollback-plan';

const looksAtOnce = 16;

/**
 * Makes sure that all which comes back to main is still in the store: metadata and data files that main does not hold any more, manifest lists of the
 * snapshots that come back with them, and every manifest that those name. Data files of snapshots before the current one are not asked for.
 * Throws NOT_RETAINED: putting back a state that was swept would break the tables.
 */
export async function requireRetained(lake: Pick<Lake, 'store'>, plan: RollbackPlan): Promise<void> {
  const wanted: Wanted[] = [];
  const lists: Wanted[] = [];
  for (const { table, to, files, snapshots, problem } of plan.tables) {
    if (problem !== undefined && to) throw notRetained(plan.to, `${table}: ${problem}`);
    if (!to) continue;
    const metadata = await orNotRetained(plan, table, () => loadMetadata(lake, to.metadataLocation));
    const back = new Set(snapshots.added);
    for (const snapshot of metadata.snapshots)
      if (back.has(snapshot['snapshot-id'])) lists.push({ table, uri: snapshot['manifest-list'] });
    for (const { change, path } of files.files) if (change === 'added') wanted.push({ table, uri: path });
  }
  wanted.push(...(await manifestsIn(lake, lists, plan)));
  const missing = (
    await inParallel(wanted, looksAtOnce, async (one) => ((await lake.store.head(one.uri)) ? undefined : one))
  ).filter((one) => one !== undefined);
  if (missing.length === 0) return;
  throw notRetained(
    plan.to,
    `${missing[0]!.table}: ${missing.length} of ${wanted.length} files are gone, the first is ${missing[0]!.uri}`,
  );
}

interface Wanted {
  readonly table: string;
  readonly uri: string;
}

/** Each once: one manifest stands in the lists of many snapshots. The lists are read from the store itself, for what a cache holds may be gone. */
async function manifestsIn(
  lake: Pick<Lake, 'store'>,
  lists: readonly Wanted[],
  plan: RollbackPlan,
): Promise<readonly Wanted[]> {
  const found = new Map<string, Wanted>();
  await inParallel(lists, looksAtOnce, async ({ table, uri }) => {
    const read = async () => readManifestList(await lake.store.get(uri));
    for (const { path } of await orNotRetained(plan, table, read)) found.set(path, { table, uri: path });
  });
  return [...found.values()];
}

async function orNotRetained<T>(plan: RollbackPlan, table: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
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
