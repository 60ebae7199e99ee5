import type { DataFile, PartitionSpec, Schema } from './types';

/** 0 existing, 1 added, 2 deleted. */
export type EntryStatus = 0 | 1 | 2;

/** One line of a manifest. As written: undefined numbers are inherited from the manifest list; as read: always resolved. */
export interface ManifestEntry {
  readonly status: EntryStatus;
  readonly snapshotId?: bigint;
  readonly sequenceNumber?: bigint;
  readonly fileSequenceNumber?: bigint;
  readonly file: DataFile;
}

/** An entry whose inherited numbers are filled in. */
export type LiveEntry = Required<ManifestEntry>;

export interface ReadManifest {
  /** The schema and spec that the manifest was written with. */
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly entries: readonly LiveEntry[];
}
