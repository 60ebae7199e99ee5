import { formatDuration } from '../pipeline/duration';
import type { KeepRule } from '../pipeline/model';
import type { Snapshot, SnapshotRef, TableMetadata } from './iceberg/types';
import { isKeepTag, keepTags } from './retention/keep-tags';
import type { KeepTag } from './retention/keep-tags';
import { positiveNumber } from './retention/snapshot-policy';
import type { SnapshotPolicy } from './retention/snapshot-policy';

export interface ExpireOptions extends Pick<SnapshotPolicy, 'maxAgeMs' | 'minToKeep' | 'maxRefAgeMs'> {
  readonly nowMs: number;
  /** No more than this many by age; no limit by default. */
  readonly maxToKeep?: number;
  readonly keep?: readonly KeepRule[];
  /** Snapshots that someone still works from. */
  readonly keepIds?: readonly bigint[];
}

/** What becomes of one snapshot, and why. */
export interface SnapshotVerdict {
  readonly snapshotId: bigint;
  readonly timestampMs: number;
  readonly stays: boolean;
  readonly why: string;
}

export interface ExpiryPlan {
  /** In the order of the metadata: oldest first. */
  readonly snapshots: readonly SnapshotVerdict[];
  /** Tags and branches inside the metadata that end. */
  readonly refsRemoved: readonly string[];
  /** The table without what goes; undefined when nothing changes. */
  readonly metadata?: TableMetadata;
}

/**
 * Judges every snapshot of a table. Kept: the current one; those of every ref that has not ended, with their branch's own retention
 * (spec "Snapshot Retention Policy"); `keepIds`; of the main line those among the newest `minToKeep`, and those younger than `maxAgeMs` up to
 * `maxToKeep`; one per span of each rule of `keep`, by a tag. Pure, and deletes no file: that is the sweep's work.
 * To publish it, stage the plan's metadata (lake/stage stageMetadata) and commit. The snapshot log loses every entry up to the last
 * removed one: a gap would make time travel answer wrongly.
 */
export function planExpiry(metadata: TableMetadata, options: ExpireOptions): ExpiryPlan {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const reasons = new Map<bigint, string>();
  const keep = (id: bigint, why: string): void => void (reasons.has(id) || reasons.set(id, why));
  const current = metadata['current-snapshot-id'];
  if (current !== undefined) keep(current, 'current');
  for (const id of options.keepIds ?? []) keep(id, 'in use');

  const ended: string[] = [];
  const refs: [string, SnapshotRef][] = [];
  const taggedBefore: Snapshot[] = [];
  for (const [name, ref] of Object.entries(metadata.refs ?? {})) {
    const snapshot = byId.get(ref['snapshot-id']);
    if (isKeepTag(name, ref)) {
      if (snapshot) taggedBefore.push(snapshot);
    } else if (name !== 'main' && hasEnded(ref, snapshot, options)) ended.push(name);
    else refs.push([name, ref]);
  }
  for (const [name, ref] of refs) {
    if (name === 'main') continue;
    keep(ref['snapshot-id'], `${ref.type} ${name}`);
    if (ref.type === 'branch') keepLine(byId, branchOf(ref, options), options.nowMs, keep, ` on branch ${name}`);
  }
  const main = metadata.refs?.['main'];
  const mainLine = lineOf(byId, current);
  keepLine(byId, branchOf(main ?? { 'snapshot-id': current ?? -1n, type: 'branch' }, options), options.nowMs, keep, '');
  const tags = keepTags({
    rules: options.keep ?? [],
    candidates: [...mainLine, ...taggedBefore],
    staying: new Set(reasons.keys()),
    nowMs: options.nowMs,
  });
  for (const { snapshotId, why } of tags) keep(snapshotId, why);
  return planOf(metadata, { reasons, refs, tags, ended, options });
}

/** Table metadata without snapshots past retention; undefined when all stay. See planExpiry. */
export function expireSnapshots(metadata: TableMetadata, options: ExpireOptions): TableMetadata | undefined {
  return planExpiry(metadata, options).metadata;
}

interface Judged {
  readonly reasons: ReadonlyMap<bigint, string>;
  readonly refs: readonly (readonly [string, SnapshotRef])[];
  readonly tags: readonly KeepTag[];
  readonly ended: readonly string[];
  readonly options: ExpireOptions;
}

function planOf(metadata: TableMetadata, { reasons, refs, tags, ended, options }: Judged): ExpiryPlan {
  const snapshots = metadata.snapshots.map((snapshot): SnapshotVerdict => {
    const why = reasons.get(snapshot['snapshot-id']);
    return {
      snapshotId: snapshot['snapshot-id'],
      timestampMs: snapshot['timestamp-ms'],
      stays: why !== undefined,
      why: why ?? goneBecause(snapshot, options),
    };
  });
  const newRefs = Object.fromEntries([...refs, ...tags.map(({ name, ref }) => [name, ref] as const)]);
  const tagsEnded = Object.keys(metadata.refs ?? {}).filter((name) => !(name in newRefs) && !ended.includes(name));
  const refsRemoved = [...ended, ...tagsEnded];
  const removed = new Set(snapshots.filter(({ stays }) => !stays).map(({ snapshotId }) => snapshotId));
  const tagsMoved = tags.some(({ name, snapshotId }) => metadata.refs?.[name]?.['snapshot-id'] !== snapshotId);
  if (removed.size === 0 && refsRemoved.length === 0 && !tagsMoved) return { snapshots, refsRemoved };
  const isKept = (entry: unknown): boolean =>
    !removed.has(BigInt((entry as { readonly 'snapshot-id': bigint | number })['snapshot-id']));
  const changed: TableMetadata = {
    ...metadata,
    ...(metadata.refs && { refs: newRefs }),
    snapshots: metadata.snapshots.filter(isKept),
    'snapshot-log': afterLastRemoved(metadata['snapshot-log'], removed),
    ...(metadata.statistics && { statistics: metadata.statistics.filter(isKept) }),
    ...(metadata['partition-statistics'] && {
      'partition-statistics': metadata['partition-statistics'].filter(isKept),
    }),
  };
  return { snapshots, refsRemoved, metadata: changed };
}

function goneBecause(snapshot: Snapshot, { nowMs, maxAgeMs }: ExpireOptions): string {
  return nowMs - snapshot['timestamp-ms'] > maxAgeMs
    ? `older than ${formatDuration(maxAgeMs)}`
    : 'more than are kept, or not on the line of any ref';
}

/** `main` never ends, whatever its age. */
function hasEnded(ref: SnapshotRef, snapshot: Snapshot | undefined, { nowMs, maxRefAgeMs }: ExpireOptions): boolean {
  const maxAgeMs = positiveNumber(ref['max-ref-age-ms']) ?? maxRefAgeMs;
  return snapshot !== undefined && maxAgeMs !== undefined && nowMs - snapshot['timestamp-ms'] > maxAgeMs;
}

interface BranchRule {
  readonly head: bigint;
  readonly maxAgeMs: number;
  readonly minToKeep: number;
  readonly maxToKeep: number;
}

function branchOf(ref: SnapshotRef, options: ExpireOptions): BranchRule {
  const minToKeep = Math.max(1, positiveNumber(ref['min-snapshots-to-keep']) ?? options.minToKeep);
  return {
    head: ref['snapshot-id'],
    maxAgeMs: positiveNumber(ref['max-snapshot-age-ms']) ?? options.maxAgeMs,
    minToKeep,
    maxToKeep: Math.max(minToKeep, options.maxToKeep ?? Infinity),
  };
}

function keepLine(
  byId: ReadonlyMap<bigint, Snapshot>,
  { head, maxAgeMs, minToKeep, maxToKeep }: BranchRule,
  nowMs: number,
  keep: (id: bigint, why: string) => void,
  where: string,
): void {
  for (const [index, snapshot] of lineOf(byId, head).entries()) {
    const isYoung = nowMs - snapshot['timestamp-ms'] <= maxAgeMs && index < maxToKeep;
    if (index >= minToKeep && !isYoung) return;
    const why = isYoung ? `younger than ${formatDuration(maxAgeMs)}` : `among the newest ${minToKeep}`;
    keep(snapshot['snapshot-id'], `${why}${where}`);
  }
}

/** A snapshot and its ancestors as far as they are listed, newest first. */
function lineOf(byId: ReadonlyMap<bigint, Snapshot>, head: bigint | undefined): readonly Snapshot[] {
  const line: Snapshot[] = [];
  for (let id = head; id !== undefined;) {
    const snapshot = byId.get(id);
    if (!snapshot) break;
    line.push(snapshot);
    id = snapshot['parent-snapshot-id'];
  }
  return line;
}

function afterLastRemoved(
  log: TableMetadata['snapshot-log'],
  removed: ReadonlySet<bigint>,
): TableMetadata['snapshot-log'] {
  const last = log.findLastIndex((entry) => removed.has(entry['snapshot-id']));
  return log.slice(last + 1);
}
