import type { Broker } from './broker';
import { brokerError } from './broker-errors';
import type { PartitionOffsets } from './cluster';

/** Offsets of `partitions`, all led by `broker`. */
export async function listFrom(
  broker: Broker,
  { topic, partitions }: { topic: string; partitions: readonly number[] },
): Promise<readonly PartitionOffsets[]> {
  const [earliest, lastStable, highWatermark] = await Promise.all([
    broker.listOffsets({ topic, partitions, at: 'earliest', isolation: 'read_uncommitted' }),
    broker.listOffsets({ topic, partitions, at: 'latest', isolation: 'read_committed' }),
    broker.listOffsets({ topic, partitions, at: 'latest', isolation: 'read_uncommitted' }),
  ]);
  const pick = (list: Awaited<ReturnType<Broker['listOffsets']>>, partition: number): bigint => {
    const found = list.find((entry) => entry.partition === partition);
    if (!found || found.errorCode !== 0) throw brokerError(found?.errorCode ?? -1, `offsets of ${topic}/${partition}`);
    return found.offset;
  };
  return partitions.map((partition) => ({
    partition,
    earliest: pick(earliest, partition),
    lastStable: pick(lastStable, partition),
    highWatermark: pick(highWatermark, partition),
  }));
}
