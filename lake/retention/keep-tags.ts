import { formatDuration } from '../../pipeline/duration';
import type { KeepRule } from '../../pipeline/model';
import type { Snapshot, SnapshotRef } from '../iceberg/types';

/** Tags that the rules of `retention.keep` make: other engines' expiry heeds them, and their readers can travel to them by name. */
const PREFIX = 'sluice-keep-';

export interface KeepTag {
  readonly name: string;
  readonly snapshotId: bigint;
  readonly ref: SnapshotRef;
  /** `one per 1d for 30d` */
  readonly why: string;
}

/** True for a ref that a rule made: it is made anew at each expiry, or goes with its rule. */
export function isKeepTag(name: string, ref: SnapshotRef): boolean {
  return name.startsWith(PREFIX) && ref.type === 'tag';
}

/**
 * Tags for the newest snapshot of each span of `everyMs` within `forMs`, for those that would go otherwise. Snapshots that were tagged
 * before still stand for their span: their descendants up to the head are gone. Pure.
 */
export function keepTags(input: {
  readonly rules: readonly KeepRule[];
  /** The main line as far as it is listed, and snapshots tagged by rules before. */
  readonly candidates: readonly Snapshot[];
  readonly staying: ReadonlySet<bigint>;
  readonly nowMs: number;
}): readonly KeepTag[] {
  const { rules, candidates, staying, nowMs } = input;
  return rules.flatMap((rule) => {
    const newest = new Map<number, Snapshot>();
    for (const snapshot of candidates) {
      const timeMs = snapshot['timestamp-ms'];
      if (nowMs - timeMs > rule.forMs) continue;
      const span = Math.floor(timeMs / rule.everyMs);
      const standing = newest.get(span);
      if (!standing || isNewer(snapshot, standing)) newest.set(span, snapshot);
    }
    const text = `one per ${formatDuration(rule.everyMs)} for ${formatDuration(rule.forMs)}`;
    return [...newest]
      .filter(([, snapshot]) => !staying.has(snapshot['snapshot-id']))
      .map(([span, snapshot]): KeepTag => {
        const id = snapshot['snapshot-id'];
        const name = `${PREFIX}${formatDuration(rule.everyMs)}-${spanText(span * rule.everyMs)}`;
        const ref: SnapshotRef = { 'snapshot-id': id, type: 'tag', 'max-ref-age-ms': rule.forMs };
        return { name, snapshotId: id, ref, why: text };
      });
  });
}

function isNewer(a: Snapshot, b: Snapshot): boolean {
  const difference = a['timestamp-ms'] - b['timestamp-ms'];
  return difference > 0 || (difference === 0 && a['sequence-number'] > b['sequence-number']);
}

/** `2026-11-20`, or with the time where the span does not begin at midnight. */
function spanText(startMs: number): string {
  const text = new Date(startMs).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replaceAll(':', '');
}
