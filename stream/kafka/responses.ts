import type { AbortedTransaction } from '../aborted';
import { WireReader } from './wire';

/** Pure parsers of the few responses that are needed. Error codes are handed on as numbers: see broker-errors.ts. */

export interface ApiVersionRange {
  readonly min: number;
  readonly max: number;
}

/** ApiVersions v3: API key -> versions. A broker too old for v3 answers in v0 with error 35. */
export function parseApiVersions(bytes: Buffer): {
  readonly errorCode: number;
  readonly apis: ReadonlyMap<number, ApiVersionRange>;
} {
  const reader = new WireReader(bytes);
  const errorCode = reader.int16();
  const apis = new Map<number, ApiVersionRange>();
  if (errorCode !== 0) return { errorCode, apis };
  reader.array(() => {
    apis.set(reader.int16(), { min: reader.int16(), max: reader.int16() });
    reader.skipTags();
  });
  return { errorCode, apis };
}

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface PartitionLeader {
  readonly errorCode: number;
  readonly partition: number;
  /** -1 while there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: readonly PartitionLeader[];
}

export interface ClusterMetadata {
  readonly clusterId: string;
  readonly brokers: readonly BrokerAddress[];
  readonly topics: readonly TopicMetadata[];
}

/** Metadata v12. */
export function parseMetadata(bytes: Buffer): ClusterMetadata {
  const reader = new WireReader(bytes);
  reader.int32(); // throttle
  const brokers = reader.array(() => {
    const broker = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
    reader.string(); // rack
    reader.skipTags();
    return broker;
  });
  const clusterId = reader.string();
  reader.int32(); // controller
  const topics = reader.array(() => {
    const head = { errorCode: reader.int16(), topic: reader.string(), topicId: reader.uuid() };
    reader.int8(); // internal
    const partitions = reader.array(() => {
      const partition = {
        errorCode: reader.int16(),
        partition: reader.int32(),
        leaderId: reader.int32(),
        leaderEpoch: reader.int32(),
      };
      for (let list = 0; list < 3; list++) reader.array(() => reader.int32()); // replicas, in sync, offline
      reader.skipTags();
      return partition;
    });
    reader.int32(); // authorized operations
    reader.skipTags();
    return { ...head, partitions };
  });
  return { clusterId, brokers, topics };
}

export interface ListedOffset {
  readonly partition: number;
  readonly errorCode: number;
  readonly offset: bigint;
  /** Of the offset's leader; -1 where the broker does not tell. */
  readonly leaderEpoch: number;
}

/** ListOffsets v7 and v8, of one topic. */
export function parseListOffsets(bytes: Buffer): readonly ListedOffset[] {
  const reader = new WireReader(bytes);
  reader.int32(); // throttle
  const topics = reader.array(() => {
    reader.string(); // name
    const partitions = reader.array(() => {
      const head = { partition: reader.int32(), errorCode: reader.int16() };
      reader.int64(); // timestamp
      const offset = reader.int64();
      const leaderEpoch = reader.int32();
      reader.skipTags();
      return { ...head, offset, leaderEpoch };
    });
    reader.skipTags();
    return partitions;
  });
  return topics.flat();
}

export interface EpochEnd {
  readonly errorCode: number;
  /** Exclusive; -1 when the leader does not know the epoch. */
  readonly endOffset: bigint;
}

/** OffsetForLeaderEpoch v4, of one partition. */
export function parseEpochEnd(bytes: Buffer): EpochEnd {
  const reader = new WireReader(bytes);
  reader.int32(); // throttle
  const found = reader.array(() => {
    reader.string(); // topic
    const partitions = reader.array(() => {
      const errorCode = reader.int16();
      reader.int32(); // partition
      reader.int32(); // leader epoch
      const endOffset = reader.int64();
      reader.skipTags();
      return { errorCode, endOffset };
    });
    reader.skipTags();
    return partitions;
  });
  return found[0]?.[0] ?? { errorCode: -1, endOffset: -1n };
}

export interface FetchedPartition {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStable: bigint;
  readonly logStart: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they came, the last one possibly cut; a view of the response. */
  readonly records: Buffer;
}

/** Fetch v13 to v17 (they differ in tagged fields only), of one partition. */
export function parseFetch(bytes: Buffer): FetchedPartition {
  const reader = new WireReader(bytes);
  const throttleMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32(); // session
  const topics = reader.array(() => {
    reader.uuid();
    const partitions = reader.array(() => {
      reader.int32(); // partition
      const partition = {
        throttleMs,
        errorCode: reader.int16(),
        highWatermark: reader.int64(),
        lastStable: reader.int64(),
        logStart: reader.int64(),
        aborted: reader.array(() => {
          const entry = { producerId: reader.int64(), firstOffset: Number(reader.int64()) };
          reader.skipTags();
          return entry;
        }),
      };
      reader.int32(); // preferred read replica
      const records = reader.view();
      reader.skipTags();
      return { ...partition, records };
    });
    reader.skipTags();
    return partitions;
  });
  const partition = topics[0]?.[0];
  if (errorCode === 0 && partition) return partition;
  return {
    throttleMs,
    errorCode: errorCode || -1,
    highWatermark: -1n,
    lastStable: -1n,
    logStart: -1n,
    aborted: [],
    records: Buffer.alloc(0),
  };
}

export interface Coordinator {
  readonly errorCode: number;
  readonly address: BrokerAddress;
}

/** FindCoordinator v4, for one group. */
export function parseFindCoordinator(bytes: Buffer): Coordinator {
  const reader = new WireReader(bytes);
  reader.int32(); // throttle
  const found = reader.array(() => {
    reader.string(); // key
    const address = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
    const errorCode = reader.int16();
    reader.string(); // message
    reader.skipTags();
    return { errorCode, address };
  });
  return found[0] ?? { errorCode: -1, address: { nodeId: -1, host: '', port: 0 } };
}

/** OffsetCommit v8: the first error code in it, 0 when all is well. */
export function parseOffsetCommit(bytes: Buffer): number {
  const reader = new WireReader(bytes);
  reader.int32(); // throttle
  const codes = reader.array(() => {
    reader.string(); // topic
    const partitions = reader.array(() => {
      reader.int32(); // partition
      const errorCode = reader.int16();
      reader.skipTags();
      return errorCode;
    });
    reader.skipTags();
    return partitions;
  });
  return codes.flat().find((code) => code !== 0) ?? 0;
}
