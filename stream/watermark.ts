/** What is known of one partition after a batch. */
export interface PartitionProgress {
  readonly next: bigint;
  readonly maxEventTimeMs?: number;
  /** Recorded clock of the plan that first saw it caught up. */
  readonly caughtUpSinceMs?: number;
}

/**
 * Watermark W says: no event with a time <= W is expected any more. It is the least, over the partitions that are not idle, of
 * (highest event time - bound - 1 ms), as Flink defines bounded out-of-orderness. It never goes back; a partition that is not idle
 * and has had no event holds it; when all are idle it stands still. undefined: no watermark yet. Pure.
 */
export function advanceWatermark(input: {
  readonly previousMs: number | undefined;
  readonly partitions: readonly { readonly maxEventTimeMs?: number; readonly idle: boolean }[];
  readonly boundMs: number;
}): number | undefined {
  const { previousMs, partitions, boundMs } = input;
  let leastMs = Infinity;
  for (const { maxEventTimeMs, idle } of partitions) {
    if (idle) continue;
    if (maxEventTimeMs === undefined) return previousMs;
    leastMs = Math.min(leastMs, maxEventTimeMs - boundMs - 1);
  }
  if (leastMs === Infinity) return previousMs;
  return previousMs === undefined ? leastMs : Math.max(previousMs, leastMs);
}
