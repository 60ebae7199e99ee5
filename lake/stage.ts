import { SluiceError } from '../base/errors';
import { formatTableName, type TableName } from '../base/table-name';
import { contentOf } from './create-table';
import { currentSnapshot, nextTimestampMs, nextVersion, snapshotIdFor, withSnapshot } from './iceberg/metadata';
import { printTableMetadata } from './iceberg/metadata-json';
import { metadataUri, metadataVersion } from './iceberg/metadata-name';
import type { DataFile, Operation, Snapshot, TableMetadata } from './iceberg/types';
import { lakeCache } from './lake-cache';
import type { Lake, LoadedTable } from './lake';
import type { NewObject } from './manifest-writer';
import { inParallel } from './manifests';
import type { TableContent } from './nessie/nessie';
import { buildSnapshot } from './snapshot-build';
import { readPriorState } from './snapshot-base';

export interface TableChange {
  readonly added?: readonly DataFile[];
  /** Paths of files that must be live now. */
  readonly removed?: readonly string[];
  /** `none`: no snapshot, only properties move. */
  readonly operation: Operation | 'none';
  /** Set over the table's own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Extra entries of the snapshot summary. */
  readonly summary?: Readonly<Record<string, string>>;
  /**
   * For `replace`: the data sequence number of the snapshot that was compacted, so that later equality deletes still apply. The caller has seen
   * that the replaced files have no other row deletes than those it has applied.
   */
  readonly replaceSequenceNumber?: bigint;
}

export interface StagePlan {
  /** Seed of the snapshot id: equal plans, equal ids. Unique per batch and table change. */
  readonly planId: string;
  /** The plan's recorded time, never the wall clock of an attempt. */
  readonly timestampMs: number;
}

export interface StagedTable {
  readonly name: TableName;
  /** The content that the base had; its id goes into the put. */
  readonly base: TableContent;
  /** What the commit shall put. */
  readonly content: TableContent;
  readonly metadata: TableMetadata;
  readonly snapshotId?: bigint;
  readonly objects: readonly { readonly uri: string; readonly sizeBytes: number }[];
}

/**
 * Writes all that a change of one table needs (manifests, manifest list, metadata.json) and says what to commit. Nothing is visible before the commit.
 * Objects are named by their content: a repeated attempt finds its own, another attempt never overwrites them.
 * Throws CATALOG_CONFLICT when a removed file is not live or the plan was applied before, UNSUPPORTED_TABLE for what cannot be rewritten.
 */
export async function stageChange(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  change: TableChange,
  plan: StagePlan,
): Promise<StagedTable> {
  checkChange(table, change);
  const previous = table.metadata;
  const timestampMs = nextTimestampMs(previous, plan.timestampMs);
  const version = nextMetadataVersion(table);
  const bumped = nextVersion({
    previous,
    previousUri: table.content.metadataLocation,
    version,
    timestampMs,
    ...(change.properties && { properties: change.properties }),
  });

  if (change.operation === 'none') return finish(lake, table, bumped, version, [], undefined);
  const snapshotId = snapshotIdFor(previous['table-uuid'], plan.planId);
  const prior = await readPriorState(lake.store, previous, change);
  const built = buildSnapshot({
    metadata: previous,
    prior,
    change: { ...change, operation: change.operation },
    snapshotId,
    timestampMs,
  });
  return finish(lake, table, withSnapshot(bumped, built.snapshot), version, built.objects, snapshotId);
}

/** The next metadata file of a table whose metadata was changed by a pure function, such as `expireSnapshots`: no new snapshot, no other object. */
export async function stageMetadata(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  changed: TableMetadata,
  nowMs: number,
): Promise<StagedTable> {
  const version = nextMetadataVersion(table);
  const timestampMs = nextTimestampMs(table.metadata, nowMs);
  const next = nextVersion({ previous: changed, previousUri: table.content.metadataLocation, version, timestampMs });
  return finish(lake, table, next, version, [], undefined);
}

/** A change whose snapshot was built elsewhere, with the objects that it needs: rewritten manifests. */
export async function stageSnapshot(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  input: { readonly snapshot: Snapshot; readonly objects: readonly NewObject[]; readonly nowMs: number },
): Promise<StagedTable> {
  const version = nextMetadataVersion(table);
  const next = nextVersion({
    previous: table.metadata,
    previousUri: table.content.metadataLocation,
    version,
    timestampMs: nextTimestampMs(table.metadata, input.nowMs),
  });
  const { snapshot, objects } = input;
  return finish(lake, table, withSnapshot(next, snapshot), version, objects, snapshot['snapshot-id']);
}

async function finish(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  metadata: TableMetadata,
  version: number,
  inner: readonly NewObject[],
  snapshotId: bigint | undefined,
): Promise<StagedTable> {
  const { bytes: text, digest } = printTableMetadata(metadata);
  const uri = metadataUri(metadata.location, version, digest);
  const objects: readonly NewObject[] = [...inner, { uri, bytes: text }];
  await inParallel(objects, 4, ({ uri: target, bytes }) => lake.store.put(target, bytes, { ifAbsent: true }));
  lakeCache(lake.store).metadata.put(uri, metadata, text.length);
  return {
    name: table.name,
    base: table.content,
    content: contentOf(metadata, uri, table.content.contentId),
    metadata,
    ...(snapshotId !== undefined && { snapshotId }),
    objects: objects.map((object) => ({ uri: object.uri, sizeBytes: object.bytes.length })),
  };
}

/** One more than the name of the current file says; a file named otherwise counts by its log. */
function nextMetadataVersion(table: LoadedTable): number {
  return (metadataVersion(table.content.metadataLocation) ?? table.metadata['metadata-log'].length) + 1;
}

function checkChange(table: LoadedTable, change: TableChange): void {
  const name = formatTableName(table.name);
  const [added, removed] = [change.added ?? [], change.removed ?? []];
  const wrong = (why: string): never => {
    throw new SluiceError('INTERNAL', `change of ${name}: ${why}`);
  };
  if (change.operation === 'append' && removed.length > 0) wrong(`append removes ${removed.length} files`);
  if (change.operation === 'none' && added.length + removed.length > 0) wrong('a change of properties names files');
  if (change.operation === 'delete' && added.some((file) => file.content === 0)) wrong('delete adds data files');
  if (new Set(added.map((file) => file.filePath)).size !== added.length) wrong('one file is added twice');
  if (new Set(removed).size !== removed.length) wrong('one file is removed twice');
  const relative = added.find((file) => !/^[a-z][a-z0-9+.-]*:\/\//.test(file.filePath));
  if (relative) wrong(`file path "${relative.filePath}" is no full URI`);
  const empty = added.find((file) => file.recordCount <= 0n);
  if (empty) wrong(`${empty.filePath} has no rows`);
  if (change.operation === 'replace' && removed.length === 0) wrong('replace removes nothing');
  const { replaceSequenceNumber: sequence = 0n } = change;
  const last = table.metadata['last-sequence-number'];
  if (sequence > last) wrong(`sequence number ${sequence} for replaced files, the table has reached ${last}`);
  if (currentSnapshot(table.metadata) === undefined && removed.length > 0) {
    throw new SluiceError('CATALOG_CONFLICT', `${name} has no snapshot, so ${removed[0]} cannot be removed from it`);
  }
}
