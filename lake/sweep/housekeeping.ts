import type { Lake } from '../lake';
import type { ListedObject } from '../objects/object-store';
import { LISTS_MS, TRASH_MS } from './options';
import { sweepPrefix, trashPrefix } from './place';
import type { Amount } from './tally';

/** Deletes the trash and the lists of sweeps of long ago; those of this run stay. */
export async function emptyOldPlaces(
  lake: Pick<Lake, 'store' | 'warehouse'>,
  { nowMs, runId }: { readonly nowMs: number; readonly runId: string },
): Promise<Amount> {
  const old: ListedObject[] = [];
  const collect = async (prefix: string, beforeMs: number): Promise<void> => {
    for await (const object of lake.store.list(prefix))
      if (object.modifiedMs < beforeMs && !object.uri.startsWith(`${prefix}${runId}/`)) old.push(object);
  };
  await collect(trashPrefix(lake.warehouse), nowMs - TRASH_MS);
  await collect(sweepPrefix(lake.warehouse), nowMs - LISTS_MS);
  await lake.store.delete(old.map(({ uri }) => uri));
  return { files: old.length, sizeBytes: old.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
