import { sha256Hex } from '../base/hash';
import type { ManifestEntry } from './iceberg/manifest';
import { writeManifestList, type ManifestFile } from './iceberg/manifest-list';
import { currentSnapshot } from './iceberg/metadata';
import { snapshotSummary } from './iceberg/summary';
import type { DataFile, Operation, Snapshot, TableMetadata } from './iceberg/types';
import { mergeCandidates } from './manifest-merge';
import { manifestWriter, type NewObject } from './manifest-writer';
import { liveEntries, type PriorState } from './snapshot-base';
import { checkAdded, checkRemoved, checkReplace } from './snapshot-checks';
import type { TableChange } from './stage';

export interface BuildInput {
  readonly metadata: TableMetadata;
  readonly prior: PriorState;
  readonly change: TableChange & { readonly operation: Operation };
  readonly snapshotId: bigint;
  readonly timestampMs: number;
}

export interface BuiltSnapshot {
  readonly snapshot: Snapshot;
  /** Manifests, then the manifest list. */
  readonly objects: readonly NewObject[];
}

/**
 * A snapshot on top of another: the added files in new manifests, manifests with removed files rewritten (kept entries EXISTING, removed ones DELETED),
 * many small manifests merged, all others carried over as they are. Pure: equal input, equal bytes.
 * Throws CATALOG_CONFLICT when a removed file is not live or an added one is.
 */
export function buildSnapshot({ metadata, prior, change, snapshotId, timestampMs }: BuildInput): BuiltSnapshot {
  const parent = currentSnapshot(metadata);
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const writer = manifestWriter({ metadata, snapshotId, sequenceNumber });
  const { added, removed } = withoutUnchanged(change);

  const newManifests = groupBySpecAndContent(added).map((files) =>
    writer.write(files.map((file) => addedEntry(file, snapshotId, change.replaceSequenceNumber))),
  );
  const removedFiles: DataFile[] = [];
  const rewrites = rewriteManifests({ prior, removed, snapshotId, removedFiles });
  checkRemoved(metadata, removed, removedFiles);
  checkAdded(metadata, added, removed, prior);
  if (change.operation === 'replace') checkReplace(metadata, added, removedFiles, prior);
  const merges = mergeManifests(prior, metadata, rewrites);

  let replaced = 0;
  const carried: ManifestFile[] = [];
  for (const manifest of prior.manifests) {
    const entries = rewrites.get(manifest.path) ?? merges.entries.get(manifest.path);
    if (entries || merges.absorbed.has(manifest.path)) replaced += 1;
    if (entries && entries.length > 0) carried.push(writer.write(entries));
    // A manifest without live files is of no use to later snapshots.
    else if (!entries && !merges.absorbed.has(manifest.path) && manifest.addedFiles + manifest.existingFiles > 0)
      carried.push(manifest);
  }
  const manifests = [...carried, ...newManifests];

  const list = writeManifestList({ snapshotId, parentSnapshotId: parent?.['snapshot-id'], sequenceNumber, manifests });
  const listUri = `${metadata.location}/metadata/snap-${snapshotId}-${sha256Hex(list).slice(0, 16)}.avro`;
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': timestampMs,
    'manifest-list': listUri,
    'schema-id': metadata['current-schema-id'],
    summary: snapshotSummary({
      operation: change.operation,
      parent,
      added,
      removed: removedFiles,
      manifests: { created: writer.objects.length, kept: manifests.length - writer.objects.length, replaced },
      extra: change.summary ?? {},
    }),
  };
  return { snapshot, objects: [...writer.objects, { uri: listUri, bytes: list }] };
}

/** A file both removed and added (a window computed again to the same content) stays as it is. */
function withoutUnchanged(change: TableChange): {
  readonly added: readonly DataFile[];
  readonly removed: ReadonlySet<string>;
} {
  const removed = new Set(change.removed ?? []);
  const added = (change.added ?? []).filter((file) => !removed.delete(file.filePath));
  return { added, removed };
}

function addedEntry(file: DataFile, snapshotId: bigint, sequenceNumber: bigint | undefined): ManifestEntry {
  // Without explicit numbers both are inherited: a retry on a newer head rewrites only the manifest list.
  return { status: 1, snapshotId, file, ...(sequenceNumber !== undefined && { sequenceNumber }) };
}

function groupBySpecAndContent(files: readonly DataFile[]): readonly (readonly DataFile[])[] {
  const groups = new Map<string, DataFile[]>();
  for (const file of files) {
    const key = `${file.specId}/${file.content === 0 ? 0 : 1}`;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()];
}

interface RewriteInput {
  readonly prior: PriorState;
  readonly removed: ReadonlySet<string>;
  readonly snapshotId: bigint;
  /** Filled with the files that were found live and are now removed. */
  readonly removedFiles: DataFile[];
}

/** New entries by path of each manifest that holds a removed file. */
function rewriteManifests({
  prior,
  removed,
  snapshotId,
  removedFiles,
}: RewriteInput): ReadonlyMap<string, readonly ManifestEntry[]> {
  const rewrites = new Map<string, readonly ManifestEntry[]>();
  if (removed.size === 0) return rewrites;
  for (const { path } of prior.manifests) {
    const live = liveEntries(prior.opened.get(path));
    if (!live.some((entry) => removed.has(entry.file.filePath))) continue;
    rewrites.set(
      path,
      live.map((entry): ManifestEntry => {
        if (!removed.has(entry.file.filePath)) return { ...entry, status: 0 };
        removedFiles.push(entry.file);
        return { ...entry, status: 2, snapshotId };
      }),
    );
  }
  return rewrites;
}

interface Merges {
  /** Entries of a merged manifest, by the path of the first it replaces. */
  readonly entries: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Paths of the others. */
  readonly absorbed: ReadonlySet<string>;
}

function mergeManifests(prior: PriorState, metadata: TableMetadata, rewrites: ReadonlyMap<string, unknown>): Merges {
  const entries = new Map<string, readonly ManifestEntry[]>();
  const absorbed = new Set<string>();
  for (const group of mergeCandidates(prior.manifests, metadata.properties)) {
    const [first, ...rest] = group.filter((manifest) => !rewrites.has(manifest.path));
    if (!first || rest.length === 0) continue;
    entries.set(
      first.path,
      [first, ...rest].flatMap(({ path }) =>
        liveEntries(prior.opened.get(path)).map((entry): ManifestEntry => ({ ...entry, status: 0 })),
      ),
    );
    for (const { path } of rest) absorbed.add(path);
  }
  return { entries, absorbed };
}
