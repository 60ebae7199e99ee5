import type { Snapshot, TableMetadata } from './iceberg/types';

export interface ExpireOptions {
  readonly nowMs: number;
  readonly maxAgeMs: number;
  /** The newest this many of the branch stay, however old. At least 1. */
  readonly minToKeep: number;
  /** Snapshots that someone still works from: a running batch or compaction, other branches and tags of the catalog. */
  readonly keepIds?: readonly bigint[];
}

/**
 * Table metadata without snapshots past retention; undefined when all stay. Pure, and deletes no file: that is the sweep's work.
 * To publish it, stage a change of operation `none` on `{ ...table, metadata: expired }` and commit.
 * Kept: the current snapshot, snapshots of every ref with their branch's own retention (spec "Snapshot Retention Policy"), `keepIds`, ancestors younger than `maxAgeMs`
 * or among the newest `minToKeep`. The snapshot log loses every entry up to the last removed one: a gap would make time travel answer wrongly.
 */
export function expireSnapshots(metadata: TableMetadata, options: ExpireOptions): TableMetadata | undefined {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const kept = new Set<bigint>(options.keepIds ?? []);
  const branches: { readonly head: bigint; readonly maxAgeMs: number; readonly minToKeep: number }[] = [];
  if (metadata['current-snapshot-id'] !== undefined)
    branches.push({ head: metadata['current-snapshot-id'], ...options });
  for (const ref of Object.values(metadata.refs ?? {})) {
    kept.add(ref['snapshot-id']);
    if (ref.type !== 'branch') continue;
    branches.push({
      head: ref['snapshot-id'],
      maxAgeMs: positive(ref['max-snapshot-age-ms']) ?? options.maxAgeMs,
      minToKeep: positive(ref['min-snapshots-to-keep']) ?? options.minToKeep,
    });
  }
  for (const branch of branches) for (const id of retainedAncestors(byId, branch, options.nowMs)) kept.add(id);

  const removed = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']).filter((id) => !kept.has(id)));
  if (removed.size === 0) return undefined;
  const isKept = (entry: unknown): boolean =>
    !removed.has(BigInt((entry as { readonly 'snapshot-id': bigint | number })['snapshot-id']));
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter(isKept),
    'snapshot-log': afterLastRemoved(metadata['snapshot-log'], removed),
    ...(metadata.statistics && { statistics: metadata.statistics.filter(isKept) }),
    ...(metadata['partition-statistics'] && {
      'partition-statistics': metadata['partition-statistics'].filter(isKept),
    }),
  };
}

function retainedAncestors(
  byId: ReadonlyMap<bigint, Snapshot>,
  branch: { readonly head: bigint; readonly maxAgeMs: number; readonly minToKeep: number },
  nowMs: number,
): readonly bigint[] {
  const retained: bigint[] = [];
  const least = Math.max(1, branch.minToKeep);
  for (
    let next = byId.get(branch.head);
    next;
    next = next['parent-snapshot-id'] === undefined ? undefined : byId.get(next['parent-snapshot-id'])
  ) {
    if (retained.length >= least && nowMs - next['timestamp-ms'] > branch.maxAgeMs) break;
    retained.push(next['snapshot-id']);
  }
  return retained;
}

function afterLastRemoved(
  log: TableMetadata['snapshot-log'],
  removed: ReadonlySet<bigint>,
): TableMetadata['snapshot-log'] {
  const last = log.findLastIndex((entry) => removed.has(entry['snapshot-id']));
  return log.slice(last + 1);
}

function positive(value: unknown): number | undefined {
  const number = Number(value);
  return value === undefined || !(number > 0) ? undefined : number;
}
