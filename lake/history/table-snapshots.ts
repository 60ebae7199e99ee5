import { currentSnapshot } from '../iceberg/metadata';
import type { Snapshot, TableMetadata } from '../iceberg/types';

/** One state of a table as its metadata lists it. */
export interface SnapshotInfo {
  readonly snapshotId: bigint;
  readonly parentId: bigint | null;
  readonly sequenceNumber: bigint;
  readonly timeMs: number;
  readonly operation: string;
  readonly current: boolean;
  readonly schemaId: number | null;
  readonly manifestList: string;
  readonly summary: Readonly<Record<string, string>>;
}

/** Newest first. Pure. */
export function listSnapshots(metadata: TableMetadata): readonly SnapshotInfo[] {
  const current = metadata['current-snapshot-id'];
  return [...metadata.snapshots]
    .sort((a, b) => compare(b['sequence-number'], a['sequence-number']) || b['timestamp-ms'] - a['timestamp-ms'])
    .map((snapshot) => {
      const { operation, ...summary } = snapshot.summary;
      return {
        snapshotId: snapshot['snapshot-id'],
        parentId: snapshot['parent-snapshot-id'] ?? null,
        sequenceNumber: snapshot['sequence-number'],
        timeMs: snapshot['timestamp-ms'],
        operation,
        current: snapshot['snapshot-id'] === current,
        schemaId: snapshot['schema-id'] ?? null,
        manifestList: snapshot['manifest-list'],
        summary,
      };
    });
}

/** A time at which a snapshot became the current one. */
export interface HistoryEntry {
  readonly timeMs: number;
  readonly snapshotId: bigint;
  /** Null also for a snapshot that has expired. */
  readonly parentId: bigint | null;
  /** False for one that a rollback inside the table left behind. */
  readonly isCurrentAncestor: boolean;
}

/** The snapshot log, newest first, as other engines' `history` table shows it. Pure. */
export function tableHistory(metadata: TableMetadata): readonly HistoryEntry[] {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const ancestors = new Set<bigint>();
  // By the parent's id, not by the snapshot: a parent that has expired was an ancestor all the same.
  for (let next: Snapshot | undefined = currentSnapshot(metadata); next;) {
    ancestors.add(next['snapshot-id']);
    const parent: bigint | undefined = next['parent-snapshot-id'];
    if (parent === undefined || ancestors.has(parent)) break;
    ancestors.add(parent);
    next = byId.get(parent);
  }
  return [...metadata['snapshot-log']].reverse().map((entry) => ({
    timeMs: entry['timestamp-ms'],
    snapshotId: entry['snapshot-id'],
    parentId: byId.get(entry['snapshot-id'])?.['parent-snapshot-id'] ?? null,
    isCurrentAncestor: ancestors.has(entry['snapshot-id']),
  }));
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
