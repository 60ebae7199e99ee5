import { loadTables } from '../../lake/lake';
import type { Lake } from '../../lake/lake';
import { manifestsOf, openManifest } from '../../lake/manifests';
import { tablesOf } from '../../pipeline/tables';
import type { Pipeline } from '../../pipeline/model';

/** Every object that a state of the pipeline's tables needs: metadata, and of all its snapshots lists, manifests and data files. */
export async function reachableUris(lake: Lake, hash: string, pipeline: Pipeline): Promise<ReadonlySet<string>> {
  const uris = new Set<string>();
  for (const { content, metadata } of (await loadTables(lake, hash, tablesOf(pipeline))).values()) {
    uris.add(content.metadataLocation);
    for (const snapshot of metadata.snapshots) {
      uris.add(snapshot['manifest-list']);
      for (const manifest of await manifestsOf(lake.store, snapshot)) {
        uris.add(manifest.path);
        for (const { status, file } of (await openManifest(lake.store, manifest)).entries)
          if (status !== 2) uris.add(file.filePath);
      }
    }
  }
  return uris;
}

export async function missingOf(lake: Lake, uris: Iterable<string>): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const uri of uris) if (!(await lake.store.head(uri))) missing.push(uri);
  return missing;
}
