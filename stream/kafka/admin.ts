import { SluiceError } from '../../base/errors';
import type { Brokers } from './brokers';
import { openBrokers } from './brokers';
import { connector } from './connector';
import { commitGroupOffsets } from './group-offsets';
import type { KafkaConfig } from './kafkajs-client';
import { classed, kafkajsClient } from './kafkajs-client';
import { untilKnown } from './new-topic';
import { defaultKafkaSettings } from './settings';

export interface CreateTopicInput {
  readonly topic: string;
  readonly partitions: number;
  /** 1 by default. */
  readonly replicas?: number;
  /** Topic settings such as `retention.ms`; only for a topic that is made. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface KafkaAdmin {
  /** Creates the topic or finds it with as many partitions. Throws BAD_INPUT when there are others, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
  createTopic(input: CreateTopicInput): Promise<'created' | 'exists'>;
  topicExists(topic: string): Promise<boolean>;
  /** Done when the topic is gone; a topic that is not there is none to delete. */
  deleteTopic(topic: string): Promise<void>;
  /** Moves the log's start up to an offset per partition; for tests and for erasing events by hand. */
  deleteRecords(topic: string, before: ReadonlyMap<number, bigint>): Promise<void>;
  /** Shows positions to lag tools; see `commitGroupOffsets`. */
  commitGroupOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void>;
  close(): Promise<void>;
}

/** Opens nothing until something is asked for. */
export function openKafkaAdmin(config: KafkaConfig): KafkaAdmin {
  const admin = kafkajsClient(config).admin();
  let connecting: Promise<void> | undefined;
  let brokers: Promise<Brokers> | undefined;

  async function ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    return classed(what, config, async () => {
      connecting ??= admin.connect();
      try {
        await connecting;
      } catch (error) {
        connecting = undefined;
        throw error;
      }
      return call();
    });
  }

  const topicExists = (topic: string) =>
    ask(`looking for topic ${topic}`, async () => (await admin.listTopics()).includes(topic));

  return {
    async createTopic({ topic, partitions, replicas = 1, settings = {} }) {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      const created = await ask(`creating topic ${topic}`, () =>
        admin.createTopics({
          waitForLeaders: false, // it takes UNKNOWN_TOPIC_OR_PARTITION, which a broker answers for a moment, for the end
          topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }],
        }),
      );
      if (created) {
        await ask(`waiting for topic ${topic}`, () => untilKnown(admin, topic));
        return 'created';
      }
      const { topics } = await ask(`describing topic ${topic}`, () => admin.fetchTopicMetadata({ topics: [topic] }));
      const found = topics[0]?.partitions.length ?? 0;
      if (found !== partitions) {
        throw new SluiceError('BAD_INPUT', `topic ${topic} has ${found} partitions, expected ${partitions}`, {
          cure: 'Ask for as many partitions as there are, or delete the topic and create it again.',
          context: { topic, expected: partitions, found },
        });
      }
      return 'exists';
    },
    topicExists,
    async deleteTopic(topic) {
      if (await topicExists(topic)) await ask(`deleting topic ${topic}`, () => admin.deleteTopics({ topics: [topic] }));
    },
    async deleteRecords(topic, before) {
      const partitions = [...before].map(([partition, offset]) => ({ partition, offset: String(offset) }));
      await ask(`deleting records of ${topic}`, async () => {
        // kafkajs looks for the leader before it has asked about the topic; this makes it ask.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions });
      });
    },
    async commitGroupOffsets(group, topic, offsets) {
      brokers ??= connector(config.clientId, defaultKafkaSettings).then((connect) =>
        openBrokers(config.brokers, connect),
      );
      await commitGroupOffsets(await brokers, { group, topic, offsets });
    },
    async close() {
      await Promise.all([connecting && admin.disconnect(), brokers?.then((open) => open.close())]);
    },
  };
}
