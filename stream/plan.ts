import type { OffsetRange } from './kafka/cluster';

/** Where a pipeline stands in one partition when a batch is planned. */
export interface PartitionPosition {
  readonly partition: number;
  readonly next: bigint;
  /** The recorded clock of the plan that first found nothing new here; undefined while there is. */
  readonly caughtUpSinceMs?: number;
  /** The leader epoch that the log had reached when `next` was planned. */
  readonly leaderEpoch?: number;
}

export interface CutInput {
  readonly positions: readonly PartitionPosition[];
  /** Exclusive end of what may be read, per partition: the last stable offset. */
  readonly ends: ReadonlyMap<number, bigint>;
  readonly maxEvents: number;
}

/**
 * Cuts the next batch: at most `maxEvents` offsets over all partitions, shared out evenly and with what one partition
 * leaves unused given to the others, so that no partition waits behind another's backlog.
 * Pure; ranges come in partition order, empty ones are left out.
 */
export function cutRanges({ positions, ends, maxEvents }: CutInput): readonly OffsetRange[] {
  const open = positions
    .map(({ partition, next }) => ({ partition, from: next, available: (ends.get(partition) ?? next) - next }))
    .filter(({ available }) => available > 0n)
    .sort((a, b) => (a.available < b.available ? -1 : a.available > b.available ? 1 : a.partition - b.partition));
  let budget = BigInt(maxEvents);
  const ranges: OffsetRange[] = [];
  open.forEach(({ partition, from, available }, index) => {
    const share = budget / BigInt(open.length - index);
    const take = available < share ? available : share;
    budget -= take;
    if (take > 0n) ranges.push({ partition, from, to: from + take });
  });
  return ranges.sort((a, b) => a.partition - b.partition);
}

/**
 * Shares ranges out to parallel readers of about `groupEvents` offsets each. A range larger than that is split, so one
 * hot partition is read by several; small ranges are packed together, so a quiet topic makes one file and not one per partition.
 */
export function groupRanges(ranges: readonly OffsetRange[], groupEvents: number): readonly (readonly OffsetRange[])[] {
  const groups: OffsetRange[][] = [];
  let current: OffsetRange[] = [];
  let free = BigInt(groupEvents);
  for (const range of ranges) {
    let from = range.from;
    while (from < range.to) {
      const take = range.to - from < free ? range.to - from : free;
      current.push({ partition: range.partition, from, to: from + take });
      from += take;
      free -= take;
      if (free === 0n) {
        groups.push(current);
        current = [];
        free = BigInt(groupEvents);
      }
    }
  }
  if (current.length > 0) groups.push(current);
  return groups;
}

/**
 * The positions after `ranges` have been planned, with the clock that idleness is judged by. A partition that got no share of a small
 * batch is not caught up, nor is one with records of a transaction that is still open: one that lags always holds the watermark.
 */
export function advancePositions(input: {
  readonly positions: readonly PartitionPosition[];
  readonly ranges: readonly OffsetRange[];
  /** Exclusive end of the log, per partition: the high watermark, beyond the last stable offset while a transaction is open. */
  readonly logEnds: ReadonlyMap<number, bigint>;
  readonly nowMs: number;
}): readonly PartitionPosition[] {
  const planned = new Map(input.ranges.map((range) => [range.partition, range.to]));
  return input.positions.map(({ partition, next, caughtUpSinceMs }) => {
    const to = planned.get(partition);
    if (to !== undefined) return { partition, next: to };
    const lags = (input.logEnds.get(partition) ?? next) > next;
    return lags ? { partition, next } : { partition, next, caughtUpSinceMs: caughtUpSinceMs ?? input.nowMs };
  });
}

/** Partitions that have been caught up for `idleMs` or longer by the plan's clock: they no longer hold the watermark. */
export function idlePartitions(
  positions: readonly PartitionPosition[],
  nowMs: number,
  idleMs: number,
): readonly number[] {
  return positions
    .filter(({ caughtUpSinceMs }) => caughtUpSinceMs !== undefined && nowMs - caughtUpSinceMs >= idleMs)
    .map(({ partition }) => partition);
}
