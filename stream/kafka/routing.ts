import { SluiceError } from '../../base/errors';
import type { Broker } from './broker';
import { BROKER_ERROR, brokerError } from './broker-errors';
import type { Brokers } from './brokers';
import type { BrokerAddress, PartitionLeader, TopicMetadata } from './responses';

/** What the cluster says of one topic. */
export interface TopicRoute {
  readonly clusterId: string;
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: ReadonlyMap<number, PartitionLeader>;
}

export interface Leader {
  readonly broker: Broker;
  readonly leaderEpoch: number;
}

/** Knows which broker leads which partition; asks again when told that it changed. */
export interface Routing {
  /** Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED. */
  route(topic: string): Promise<TopicRoute>;
  /** Drops what is known of a topic. */
  forget(topic: string): void;
  /** Connection to a partition's leader. Throws KAFKA_UNAVAILABLE while it has none. */
  leader(route: TopicRoute, partition: number): Promise<Leader>;
}

export function openRouting(brokers: Brokers): Routing {
  const routes = new Map<string, Promise<TopicRoute>>();
  let addresses: ReadonlyMap<number, BrokerAddress> = new Map();

  async function ask(topic: string): Promise<TopicRoute> {
    const broker = await brokers.any();
    const { clusterId, brokers: all, topics } = await broker.metadata([topic]);
    addresses = new Map(all.map((address) => [address.nodeId, address]));
    brokers.learn(all);
    const found = topics[0];
    if (!found) throw brokerError(BROKER_ERROR.unknownTopic, `metadata of topic ${topic}`);
    checkTopic(found, topic);
    return {
      clusterId,
      topic,
      topicId: found.topicId,
      partitions: new Map(found.partitions.map((entry) => [entry.partition, entry])),
    };
  }

  return {
    route(topic) {
      const known = routes.get(topic);
      if (known) return known;
      const asked = ask(topic);
      routes.set(topic, asked);
      asked.catch(() => {
        if (routes.get(topic) === asked) routes.delete(topic);
      });
      return asked;
    },
    forget(topic) {
      routes.delete(topic);
    },
    async leader({ topic, partitions }, partition) {
      const entry = partitions.get(partition);
      if (!entry) {
        throw new SluiceError(
          'BAD_INPUT',
          `topic ${topic} has no partition ${partition}, expected one of 0 to ${partitions.size - 1}`,
          {
            cure: 'Check that the topic is the one that was read before.',
          },
        );
      }
      const address = addresses.get(entry.leaderId);
      if (!address) throw brokerError(5, `partition ${topic}/${partition} has no leader`);
      return { broker: await brokers.at(address), leaderEpoch: entry.leaderEpoch };
    },
  };
}

function checkTopic({ errorCode }: TopicMetadata, topic: string): void {
  if (errorCode === 0) return;
  if (errorCode === BROKER_ERROR.unknownTopic || errorCode === BROKER_ERROR.invalidTopic) {
    throw new SluiceError('TOPIC_NOT_FOUND', `topic ${topic} does not exist`, {
      cure: `Create it (sluice setup creates the shipped pipelines' topics) or correct source.topic.`,
      context: { topic },
    });
  }
  throw brokerError(errorCode, `topic ${topic}`);
}
