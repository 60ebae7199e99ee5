import type { SluiceConfig } from '../../base/config';
import type { RecordSink } from '../records';
import type { Patience } from './backoff';
import { withPatience } from './backoff';
import type { Broker, ConnectBroker, EpochEndRequest } from './broker';
import { openBrokers } from './brokers';
import { connector } from './connector';
import { epochEndAt, listFrom } from './list-offsets';
import { readRange } from './read-range';
import type { Routing } from './routing';
import { openRouting } from './routing';
import type { KafkaSettings } from './settings';
import { defaultKafkaSettings } from './settings';

/** Offsets [from, to) of one partition. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface TopicDescription {
  readonly clusterId: string;
  readonly topic: string;
  /** UUID text: another one under the same name is another topic. */
  readonly topicId: string;
  /** Ascending. */
  readonly partitions: readonly number[];
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset still there. */
  readonly earliest: bigint;
  /** Exclusive end of what a batch may read: no transaction is open below it. */
  readonly lastStable: bigint;
  readonly highWatermark: bigint;
  /** Of the end of the log, where the broker tells: another one later means that the log may have been cut (KIP-320). */
  readonly leaderEpoch?: number;
}

/** What a range held; offsets in none of the counts are gaps left by compaction. */
export interface RangeSummary {
  readonly partition: number;
  readonly records: number;
  /** Markers of transactions. */
  readonly controlRecords: number;
  /** Records of aborted transactions; the sink has not seen them. */
  readonly abortedRecords: number;
  readonly valueBytes: number;
}

export interface ReadRangeInput {
  readonly topic: string;
  /** As the topic was described when the range was planned. */
  readonly topicId: string;
  readonly range: OffsetRange;
  /** The leader epoch under which the range was planned: should another leader have cut the log below `to` since, OFFSETS_RESET. */
  readonly plannedEpoch?: number;
  readonly signal?: AbortSignal;
  /** Called after each fetch with the offset that comes next. */
  onProgress?(nextOffset: bigint): void;
}

export interface KafkaCluster {
  /** Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
  describeTopic(topic: string): Promise<TopicDescription>;
  /** In partition order. Throws as `describeTopic`. */
  listOffsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Where the log that had reached leader epoch `epoch` ends now; undefined when the leader does not know. Throws as `describeTopic`. */
  epochEnd(input: EpochEndRequest): Promise<bigint | undefined>;
  /**
   * Hands every committed record of [from, to) to the sink once, in offset order, and no other. Ranges may be read at the same time.
   * Throws TOPIC_RECREATED, TOPIC_NOT_FOUND, OFFSETS_EXPIRED (`from` is below the log's start), OFFSETS_RESET (`to` is beyond the last stable
   * offset, or the log was cut below `to` since `plannedEpoch`), CORRUPT_RECORDS, UNSUPPORTED_CODEC, KAFKA_UNAVAILABLE (after `patienceMs` without any progress), KAFKA_REFUSED, what the sink throws,
   * or the signal's reason. After an error the sink may have seen a part of the range: drop what it made.
   */
  readRange(input: ReadRangeInput, sink: RecordSink): Promise<RangeSummary>;
  close(): Promise<void>;
}

/** Connects to the cluster; KAFKA_UNAVAILABLE when no broker answers within a few seconds. */
export async function openKafka(
  config: SluiceConfig['kafka'],
  settings: Partial<KafkaSettings> = {},
): Promise<KafkaCluster> {
  const all = { ...defaultKafkaSettings, ...settings };
  const connect = await connector(config.clientId, all);
  const cluster = kafkaCluster({ bootstrap: config.brokers, connect, settings: all });
  try {
    await cluster.ping();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

/** The cluster over any way to connect. */
export function kafkaCluster(input: {
  readonly bootstrap: readonly string[];
  readonly connect: ConnectBroker;
  readonly settings: KafkaSettings;
}): KafkaCluster & { ping(): Promise<void> } {
  const { settings } = input;
  const brokers = openBrokers(input.bootstrap, input.connect);
  const routing = openRouting(brokers);
  const asking: Patience = { patienceMs: settings.askPatienceMs, firstWaitMs: 100, longestWaitMs: 1_000 };
  return {
    async ping() {
      await withPatience(asking, undefined, () => brokers.any());
    },
    async describeTopic(topic) {
      routing.forget(topic);
      const { clusterId, topicId, partitions } = await withPatience(asking, undefined, () => routing.route(topic));
      return { clusterId, topic, topicId, partitions: [...partitions.keys()].sort((a, b) => a - b) };
    },
    listOffsets: (topic) =>
      withPatience(asking, undefined, async () => {
        try {
          return await listTopicOffsets(routing, topic);
        } catch (error) {
          routing.forget(topic);
          throw error;
        }
      }),
    epochEnd: (request) =>
      withPatience(asking, undefined, async () => {
        const { topic, partition } = request;
        try {
          const { broker } = await routing.leader(await routing.route(topic), partition);
          return await epochEndAt(broker, request);
        } catch (error) {
          routing.forget(topic);
          throw error;
        }
      }),
    readRange: (range, sink) => readRange({ routing, settings }, range, sink),
    close: () => brokers.close(),
  };
}

async function listTopicOffsets(routing: Routing, topic: string): Promise<readonly PartitionOffsets[]> {
  const route = await routing.route(topic);
  const byBroker = new Map<Broker, number[]>();
  for (const partition of route.partitions.keys()) {
    const { broker } = await routing.leader(route, partition);
    byBroker.set(broker, [...(byBroker.get(broker) ?? []), partition]);
  }
  const listed = await Promise.all(
    [...byBroker].map(([broker, partitions]) => listFrom(broker, { topic, partitions })),
  );
  return listed.flat().sort((a, b) => a.partition - b.partition);
}
