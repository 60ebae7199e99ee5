import { SluiceError } from '../../base/errors';
import type { KafkaAdmin } from '../../stream/kafka/admin';
import type { KafkaCluster, PartitionOffsets } from '../../stream/kafka/cluster';

/** One offset of a partition: a record, or nothing for a reader (a transaction's marker, a record that compaction took). */
export type LogEntry =
  { readonly timestampMs: number; readonly key: string | null; readonly value: string | null } | 'gap';

export interface MemoryTopic {
  readonly name: string;
  readonly topicId: string;
  /** By partition number: its log from offset 0. More may be pushed at any time. */
  readonly partitions: LogEntry[][];
}

export interface MemoryKafka {
  readonly cluster: KafkaCluster;
  readonly admin: KafkaAdmin;
  addTopic(name: string, partitions: number): MemoryTopic;
  /** What `commitGroupOffsets` left, by group and topic. */
  readonly groupOffsets: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
}

/** A Kafka cluster in memory: as much of it as the activities use. */
export function memoryKafka(): MemoryKafka {
  const clusterId = 'memory';
  const topics = new Map<string, MemoryTopic>();
  const groupOffsets = new Map<string, ReadonlyMap<number, bigint>>();
  const need = (name: string): MemoryTopic => {
    const topic = topics.get(name);
    if (!topic) throw new SluiceError('TOPIC_NOT_FOUND', `no topic ${name}`);
    return topic;
  };
  const cluster: KafkaCluster = {
    async describeTopic(name) {
      const { topicId, partitions } = need(name);
      return { clusterId, topic: name, topicId, partitions: partitions.map((_, partition) => partition) };
    },
    async listOffsets(name) {
      return need(name).partitions.map((log, partition): PartitionOffsets => {
        const end = BigInt(log.length);
        return { partition, earliest: 0n, lastStable: end, highWatermark: end };
      });
    },
    // One leader for ever.
    epochEnd: async () => undefined,
    async readRange({ topic, range, onProgress }, sink) {
      const log = need(topic).partitions[range.partition]!;
      let [records, valueBytes] = [0, 0];
      for (let offset = Number(range.from); offset < Number(range.to); offset += 1) {
        const entry = log[offset];
        if (entry === undefined)
          throw new SluiceError('OFFSETS_RESET', `${topic}/${range.partition} ends at ${log.length}`);
        if (entry === 'gap') continue;
        const [key, value] = [Buffer.from(entry.key ?? ''), Buffer.from(entry.value ?? '')];
        const keyAt: [number, number] = entry.key === null ? [-1, -1] : [0, key.length];
        const valueAt: [number, number] = entry.value === null ? [-1, -1] : [key.length, key.length + value.length];
        sink.record(offset, entry.timestampMs, Buffer.concat([key, value]), ...keyAt, ...valueAt);
        records += 1;
        valueBytes += value.length;
      }
      await sink.drain?.();
      onProgress?.(range.to);
      return { partition: range.partition, records, controlRecords: 0, abortedRecords: 0, valueBytes };
    },
    async close() {},
  };
  const admin: KafkaAdmin = {
    createTopic: async () => 'exists',
    topicExists: async (name) => topics.has(name),
    deleteTopic: async (name) => void topics.delete(name),
    deleteRecords: async () => {
      throw new SluiceError('NOT_SUPPORTED', 'the memory cluster keeps all records');
    },
    commitGroupOffsets: async (group, topic, offsets) => void groupOffsets.set(`${group} ${topic}`, offsets),
    close: async () => undefined,
  };
  return {
    cluster,
    admin,
    groupOffsets,
    addTopic(name, partitions) {
      const topic: MemoryTopic = {
        name,
        // One that is there is created again: another topic of the same name.
        topicId: topics.has(name) ? `${topics.get(name)!.topicId}+` : `id-of-${name}`,
        partitions: Array.from({ length: partitions }, () => []),
      };
      topics.set(name, topic);
      return topic;
    },
  };
}
