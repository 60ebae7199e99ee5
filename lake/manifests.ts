import type { ReadManifest } from './iceberg/manifest';
import { readManifest } from './iceberg/manifest-read';
import { readManifestList, type ManifestFile } from './iceberg/manifest-list';
import type { Snapshot } from './iceberg/types';
import { lakeCache } from './lake-cache';
import type { ObjectStore } from './objects/object-store';

export { inParallel } from '../base/in-parallel';

/** The manifests of a snapshot; none for a table without a snapshot. */
export async function manifestsOf(
  store: ObjectStore,
  snapshot: Snapshot | undefined,
): Promise<readonly ManifestFile[]> {
  if (!snapshot) return [];
  const uri = snapshot['manifest-list'];
  return lakeCache(store).manifestLists.through(uri, async () => {
    const value = await readManifestList(await store.get(uri));
    return { value, weight: value.length + 1 };
  });
}

/** The entries of a manifest, inherited numbers filled in. */
export async function openManifest(store: ObjectStore, listed: ManifestFile): Promise<ReadManifest> {
  // An inherited sequence number depends on the list's line, not on the manifest alone.
  return lakeCache(store).manifests.through(`${listed.path}#${listed.sequenceNumber}`, async () => {
    const value = await readManifest(await store.get(listed.path), listed);
    return { value, weight: manifestWeight(value) };
  });
}

/** Memory of an entry goes with its metrics: about one unit per column. */
export function manifestWeight(manifest: ReadManifest): number {
  return manifest.entries.reduce((sum, { file }) => sum + 4 + file.valueCounts.size + file.lowerBounds.size, 1);
}
