import { createHash } from 'node:crypto';
import { SluiceError } from '../../base/errors';
import { withStructHistory } from './struct-history';
import type { PartitionSpec, Schema, Snapshot, TableMetadata } from './types';

/** Property that carries the version of the metadata file it stands in: a mismatch with the file's name tells of a foreign rewrite. */
export const versionProperty = 'sluice.metadata-version';

/** Set on every table that Sluice writes. Without gc.enabled=false other engines' expiry would delete files that older refs need. */
export const fixedProperties = {
  'gc.enabled': 'false',
  'write.metadata.delete-after-commit.enabled': 'false',
  'write.format.default': 'parquet',
} as const;

/**
 * Positive, below 2^53 (safe in others' JSON.parse), from table and plan: a repeated attempt is recognised by its id.
 * The base snapshot is left out on purpose: the id, and the manifest that names it, survive a re-apply on a newer head.
 */
export function snapshotIdFor(tableUuid: string, planId: string): bigint {
  const digest = createHash('sha256').update(`${tableUuid}\n${planId}`).digest();
  const id = digest.readBigUInt64BE() & ((1n << 53n) - 1n);
  return id === 0n ? 1n : id;
}

export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id'];
  return id === undefined ? undefined : snapshotById(metadata, id);
}

/** Throws UNSUPPORTED_TABLE when the table does not list that snapshot. */
export function snapshotById(metadata: TableMetadata, id: bigint): Snapshot {
  const found = metadata.snapshots.findLast((snapshot) => snapshot['snapshot-id'] === id);
  if (!found) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `table ${metadata.location} holds no snapshot ${id}; it has ${metadata.snapshots.length}`,
      {
        cure: 'The snapshot may have expired: name one that the table still lists.',
      },
    );
  }
  return found;
}

/** last-updated-ms never goes back: Java refuses a file older than the last log entries. */
export function nextTimestampMs(metadata: TableMetadata, nowMs: number): number {
  return Math.max(nowMs, metadata['last-updated-ms'] + 1);
}

export interface NextVersionInput {
  readonly previous: TableMetadata;
  /** Where `previous` is stored: it goes to the metadata log. */
  readonly previousUri: string;
  readonly version: number;
  readonly timestampMs: number;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The common part of every change: timestamp, properties, version, metadata log (bounded by write.metadata.previous-versions-max, 100). */
export function nextVersion({
  previous,
  previousUri,
  version,
  timestampMs,
  properties = {},
}: NextVersionInput): TableMetadata {
  const keep = Math.max(1, Number(previous.properties['write.metadata.previous-versions-max'] ?? 100) || 100);
  const log = [
    ...previous['metadata-log'],
    { 'timestamp-ms': previous['last-updated-ms'], 'metadata-file': previousUri },
  ];
  return {
    ...previous,
    'last-updated-ms': timestampMs,
    properties: { ...previous.properties, ...fixedProperties, ...properties, [versionProperty]: String(version) },
    'metadata-log': log.slice(-keep),
  };
}

/** Makes `snapshot` the current one: snapshots, snapshot log, refs.main, last-sequence-number. */
export function withSnapshot(metadata: TableMetadata, snapshot: Snapshot): TableMetadata {
  const id = snapshot['snapshot-id'];
  if (metadata.snapshots.some((known) => known['snapshot-id'] === id)) {
    throw new SluiceError(
      'CATALOG_CONFLICT',
      `table ${metadata.location} already holds snapshot ${id}: this plan was applied before`,
      {
        cure: 'Read the progress record again: the batch is published.',
      },
    );
  }
  const main = metadata.refs?.['main'];
  return {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'current-snapshot-id': id,
    refs: { ...metadata.refs, main: { ...main, 'snapshot-id': id, type: 'branch' } },
    snapshots: [...metadata.snapshots, snapshot],
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': metadata['last-updated-ms'], 'snapshot-id': id }],
  };
}

/** The schema that the table has now, with what its structs were before where that matters to a reader (struct-history.ts). */
export function currentSchema(metadata: TableMetadata): Schema {
  const current = metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id']);
  return withStructHistory(found(metadata, 'schema', metadata['current-schema-id'], current), metadata.schemas);
}

export function defaultSpec(metadata: TableMetadata): PartitionSpec {
  return specById(metadata, metadata['default-spec-id']);
}

export function specById(metadata: TableMetadata, id: number): PartitionSpec {
  return found(
    metadata,
    'partition spec',
    id,
    metadata['partition-specs'].find((spec) => spec['spec-id'] === id),
  );
}

function found<T>(metadata: TableMetadata, what: string, id: number, value: T | undefined): T {
  if (value === undefined)
    throw new SluiceError('UNSUPPORTED_TABLE', `table ${metadata.location} lists no ${what} ${id}`);
  return value;
}
