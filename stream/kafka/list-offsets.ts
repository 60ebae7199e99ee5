import type { Broker, EpochEndRequest } from './broker';
import { brokerError } from './broker-errors';
import type { PartitionOffsets } from './cluster';
import type { ListedOffset } from './responses';

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
  const find = (list: readonly ListedOffset[], partition: number): ListedOffset => {
    const found = list.find((entry) => entry.partition === partition);
    if (!found || found.errorCode !== 0) throw brokerError(found?.errorCode ?? -1, `offsets of ${topic}/${partition}`);
    return found;
  };
  const pick = (list: readonly ListedOffset[], partition: number): bigint => find(list, partition).offset;
  return partitions.map((partition) => {
    const { offset, leaderEpoch } = find(lastStable, partition);
    return {
      partition,
      earliest: pick(earliest, partition),
      lastStable: offset,
      highWatermark: pick(highWatermark, partition),
      ...(leaderEpoch < 0 ? {} : { leaderEpoch }),
    };
  });
}

/** First offset that lies on the broker's own disk: before it, an answer may be empty because tiered storage is slow or throttled. */
export async function earliestLocal(broker: Broker, topic: string, partition: number): Promise<bigint> {
  const list = { topic, partitions: [partition], at: 'earliest_local', isolation: 'read_uncommitted' } as const;
  const [found] = await broker.listOffsets(list);
  if (!found || found.errorCode !== 0)
    throw brokerError(found?.errorCode ?? -1, `first local offset of ${topic}/${partition}`);
  return found.offset;
}

/** Where the log of `epoch` and all before it ends at its leader; undefined when that is not known there. */
export async function epochEndAt(broker: Broker, request: EpochEndRequest): Promise<bigint | undefined> {
  const { errorCode, endOffset } = await broker.epochEnd(request);
  if (errorCode !== 0) throw brokerError(errorCode, `leader epochs of ${request.topic}/${request.partition}`);
  return endOffset < 0n ? undefined : endOffset;
}
