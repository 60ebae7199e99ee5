import type { PartitionPosition } from '../stream/plan';
import type { OffsetRange } from '../stream/kafka/cluster';
import type { BatchPlan, WirePosition, WireRange } from './wire';

export const rangeToWire = ({ partition, from, to }: OffsetRange): WireRange => ({
  partition,
  from: String(from),
  to: String(to),
});
export const rangeFromWire = ({ partition, from, to }: WireRange): OffsetRange => ({
  partition,
  from: BigInt(from),
  to: BigInt(to),
});

export const positionToWire = ({ next, ...rest }: PartitionPosition): WirePosition => ({ ...rest, next: String(next) });
export const positionFromWire = ({ next, ...rest }: WirePosition): PartitionPosition => ({
  ...rest,
  next: BigInt(next),
});

/** The leader epoch under which a partition's range was planned; undefined where the broker does not tell epochs. */
export function plannedEpoch(plan: BatchPlan, partition: number): number | undefined {
  return plan.positions.find((position) => position.partition === partition)?.leaderEpoch;
}
