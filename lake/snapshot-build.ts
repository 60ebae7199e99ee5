import { sha256Hex } from '../base/hash';
import { SluiceError } from '../base/errors';
import { writeManifest, type ManifestEntry, type ReadManifest } from './iceberg/manifest';
import { writeManifestList, type ManifestFile } from './iceberg/manifest-list';
import { currentSchema, currentSnapshot, specById } from './iceberg/metadata';
import { summarizePartitions } from './iceberg/partition-summary';
import { partitionTypes } from './iceberg/schema';
import { snapshotSummary } from './iceberg/summary';
import type { DataFile, Operation, Snapshot, TableMetadata } from './iceberg/types';
import { mergeCandidates } from './manifest-merge';
import type { PriorState } from './snapshot-base';
import type { TableChange } from './stage';

export interface NewObject {
  readonly uri: string;
  readonly bytes: Buffer;
}

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
  /** New manifests as the list names them, with their entries: for caches. */
  readonly manifests: readonly ManifestFile[];
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
  if (change.operation === 'replace') checkReplace(metadata, added, removedFiles, prior, change.replaceSequenceNumber);
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
  return { snapshot, objects: [...writer.objects, { uri: listUri, bytes: list }], manifests };
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

function liveEntries(manifest: ReadManifest | undefined): ReadManifest['entries'] {
  return (manifest?.entries ?? []).filter((entry) => entry.status !== 2);
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

interface ManifestWriter {
  write(entries: readonly ManifestEntry[]): ManifestFile;
  readonly objects: readonly NewObject[];
}

function manifestWriter({
  metadata,
  snapshotId,
  sequenceNumber,
}: {
  metadata: TableMetadata;
  snapshotId: bigint;
  sequenceNumber: bigint;
}): ManifestWriter {
  const objects: NewObject[] = [];
  return {
    objects,
    write(entries) {
      const first = entries[0]!.file;
      const content = first.content === 0 ? 0 : 1;
      const spec = specById(metadata, first.specId);
      const bytes = writeManifest({
        schema: currentSchema(metadata),
        spec,
        schemas: metadata.schemas,
        content,
        entries,
      });
      const path = `${metadata.location}/metadata/${snapshotId}-m${objects.length}-${sha256Hex(bytes).slice(0, 16)}.avro`;
      objects.push({ uri: path, bytes });
      const of = (status: number) => entries.filter((entry) => entry.status === status);
      const rows = (status: number): bigint => of(status).reduce((sum, entry) => sum + entry.file.recordCount, 0n);
      const liveSequences = entries
        .filter((entry) => entry.status !== 2)
        .map((entry) => entry.sequenceNumber ?? sequenceNumber);
      return {
        path,
        lengthBytes: BigInt(bytes.length),
        partitionSpecId: first.specId,
        content,
        sequenceNumber,
        minSequenceNumber: liveSequences.reduce((least, next) => (next < least ? next : least), sequenceNumber),
        addedSnapshotId: snapshotId,
        addedFiles: of(1).length,
        existingFiles: of(0).length,
        deletedFiles: of(2).length,
        addedRows: rows(1),
        existingRows: rows(0),
        deletedRows: rows(2),
        partitions: summarizePartitions(
          entries.map((entry) => entry.file),
          partitionTypes(spec, metadata.schemas),
        ),
      };
    },
  };
}

function checkRemoved(metadata: TableMetadata, removed: ReadonlySet<string>, found: readonly DataFile[]): void {
  const live = new Set(found.map((file) => file.filePath));
  const missing = [...removed].filter((path) => !live.has(path));
  if (missing.length === 0) return;
  throw new SluiceError(
    'CATALOG_CONFLICT',
    `${missing.length} of ${removed.size} files to be removed from ${metadata.location} are not live, the first is ${missing[0]}`,
    {
      cure: 'Another commit removed them: plan again on the new head.',
    },
  );
}

/** A path may be live only once. Checked where the base's entries are known anyway; names that follow from content and plan cannot meet otherwise. */
function checkAdded(
  metadata: TableMetadata,
  added: readonly DataFile[],
  removed: ReadonlySet<string>,
  prior: PriorState,
): void {
  if (prior.opened.size === 0 || added.length === 0) return;
  const paths = new Set(added.map((file) => file.filePath));
  for (const manifest of prior.opened.values()) {
    const twice = liveEntries(manifest).find(
      (entry) => paths.has(entry.file.filePath) && !removed.has(entry.file.filePath),
    );
    if (twice)
      throw new SluiceError('CATALOG_CONFLICT', `${twice.file.filePath} is live in ${metadata.location} already`);
  }
}

function checkReplace(
  metadata: TableMetadata,
  added: readonly DataFile[],
  removed: readonly DataFile[],
  prior: PriorState,
  startSequence: bigint | undefined,
): void {
  const deletes = prior.manifests.filter(
    (manifest) => manifest.content === 1 && manifest.addedFiles + manifest.existingFiles > 0,
  );
  const later = deletes.find((manifest) => manifest.sequenceNumber > (startSequence ?? 0n));
  if (later && startSequence !== undefined) {
    throw new SluiceError(
      'CATALOG_CONFLICT',
      `${metadata.location}: row deletes came after sequence number ${startSequence} (${later.path}), the files to be replaced may be older`,
      {
        cure: 'Compact again from the new head.',
      },
    );
  }
  const rows = (files: readonly DataFile[]): bigint => files.reduce((sum, file) => sum + file.recordCount, 0n);
  if (deletes.length === 0 && rows(added) !== rows(removed)) {
    throw new SluiceError(
      'INTERNAL',
      `replace in ${metadata.location}: ${rows(removed)} rows go, ${rows(added)} come; compaction must keep every row`,
    );
  }
}
