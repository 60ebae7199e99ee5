import type { TableName } from '../../../base/table-name';
import type { Snapshot } from '../../../lake/iceberg/types';
import { loadContent } from '../../../lake/lake';
import type { Lake } from '../../../lake/lake';
import { inParallel, manifestsOf, openManifest } from '../../../lake/manifests';

export interface FileFindings {
  readonly checked: number;
  readonly missing: readonly string[];
}

const HEADS_AT_ONCE = 16;
const DELETED = 2;

/**
 * HEAD of every file that any ref of the catalog names: metadata.json and those of its metadata log, and for every snapshot in it the manifest list, its manifests and
 * their data files, each with the size that the manifest says.
 */
export async function findMissingFiles(lake: Lake, ours: (name: TableName) => boolean): Promise<FileFindings> {
  const locations = new Map<string, TableName>();
  const wanted = new Map<string, bigint | undefined>();
  const missing: string[] = [];
  const contents = new Map<string, Parameters<typeof loadContent>[2]>();
  for (const ref of await lake.nessie.listRefs()) {
    for (const { name, content } of await lake.nessie.entries(ref.hash)) {
      if (!ours(name)) continue;
      locations.set(content.metadataLocation, name);
      contents.set(content.metadataLocation, content);
    }
  }
  for (const [location, name] of locations) {
    wanted.set(location, undefined);
    try {
      const { metadata } = await loadContent(lake, name, contents.get(location)!);
      for (const { 'metadata-file': earlier } of metadata['metadata-log'] ?? []) wanted.set(earlier, undefined);
      for (const snapshot of metadata.snapshots) await addSnapshot(lake, snapshot, wanted);
    } catch (error) {
      missing.push(`${location}: ${(error as Error).message}`);
    }
  }
  await inParallel([...wanted], HEADS_AT_ONCE, async ([uri, sizeBytes]) => {
    const head = await lake.store.head(uri);
    if (!head) missing.push(uri);
    else if (sizeBytes !== undefined && BigInt(head.sizeBytes) !== sizeBytes)
      missing.push(`${uri} has ${head.sizeBytes} bytes, expected ${sizeBytes}`);
  });
  return { checked: wanted.size, missing };
}

async function addSnapshot(lake: Lake, snapshot: Snapshot, wanted: Map<string, bigint | undefined>): Promise<void> {
  wanted.set(snapshot['manifest-list'], undefined);
  for (const manifest of await manifestsOf(lake.store, snapshot)) {
    if (wanted.has(manifest.path)) continue;
    wanted.set(manifest.path, manifest.lengthBytes);
    const { entries } = await openManifest(lake.store, manifest);
    for (const { status, file } of entries) if (status !== DELETED) wanted.set(file.filePath, file.fileSizeBytes);
  }
}
