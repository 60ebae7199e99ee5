import type { ReadManifest } from './iceberg/manifest';
import type { ManifestFile } from './iceberg/manifest-list';
import { currentSnapshot } from './iceberg/metadata';
import type { TableMetadata } from './iceberg/types';
import { mergeCandidates } from './manifest-merge';
import { inParallel, manifestsOf, openManifest } from './manifests';
import type { ObjectStore } from './objects/object-store';
import type { TableChange } from './stage';

/** What a new snapshot is built on: the manifests of the base, and the entries of those that it may have to rewrite. */
export interface PriorState {
  readonly manifests: readonly ManifestFile[];
  /** By manifest path. */
  readonly opened: ReadonlyMap<string, ReadManifest>;
}

const parallelReads = 8;

/** Reads the manifest list of the base, and the manifests that the change touches: all of them when files are removed, those to be merged otherwise. */
export async function readPriorState(
  store: ObjectStore,
  metadata: TableMetadata,
  change: TableChange,
): Promise<PriorState> {
  const manifests = await manifestsOf(store, currentSnapshot(metadata));
  const wanted = new Set<ManifestFile>();
  if ((change.removed ?? []).length > 0) for (const manifest of manifests) wanted.add(manifest);
  for (const group of mergeCandidates(manifests, metadata.properties))
    for (const manifest of group) wanted.add(manifest);
  const list = [...wanted];
  const opened = await inParallel(list, parallelReads, (manifest) => openManifest(store, manifest));
  return { manifests, opened: new Map(list.map((manifest, index) => [manifest.path, opened[index]!])) };
}

/** Entries that are not deleted; none for a manifest that was not opened. */
export function liveEntries(manifest: ReadManifest | undefined): ReadManifest['entries'] {
  return (manifest?.entries ?? []).filter((entry) => entry.status !== 2);
}
