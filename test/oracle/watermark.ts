import { floorMs } from './integers';

/**
 * The watermark after a batch, per its definition: each partition stands at floor_ms(its highest event time) - bound - 1; the least of those
 * that are not idle counts. One that is not idle and never had an event holds it; it never goes back; when all are idle it stands still.
 */
export function nextWatermark(input: {
  readonly beforeMs: bigint | undefined;
  readonly boundMs: number;
  readonly partitions: readonly number[];
  readonly idle: readonly number[];
  /** Highest event time so far, in microseconds. */
  readonly highest: ReadonlyMap<number, bigint>;
}): bigint | undefined {
  const { beforeMs, boundMs, partitions, idle, highest } = input;
  let least: bigint | undefined;
  for (const partition of partitions) {
    if (idle.includes(partition)) continue;
    const highestUs = highest.get(partition);
    if (highestUs === undefined) return beforeMs;
    const standsAt = floorMs(highestUs) - BigInt(boundMs) - 1n;
    if (least === undefined || standsAt < least) least = standsAt;
  }
  if (least === undefined) return beforeMs;
  if (beforeMs !== undefined && beforeMs > least) return beforeMs;
  return least;
}
