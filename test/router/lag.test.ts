import { SluiceError } from '../../base/errors';
import type { KafkaCluster } from '../../stream/kafka/cluster';
import { openLagSource } from '../../router/lag';

const config = { brokers: ['nowhere:1'], clientId: 'test' };

function fakeCluster(): KafkaCluster & { closed: number } {
  return {
    closed: 0,
    describeTopic: async (topic) => {
      if (topic === 'gone') throw new SluiceError('TOPIC_NOT_FOUND', 'topic gone does not exist');
      return { clusterId: 'c', topic, topicId: 'id', partitions: [0] };
    },
    epochEnd: async () => undefined,
    listOffsets: async () => [{ partition: 0, earliest: 0n, lastStable: 9n, highWatermark: 9n }],
    readRange: async () => {
      throw new Error('not asked for');
    },
    async close() {
      this.closed += 1;
    },
  };
}

it('connects once, at the first question', async () => {
  let connections = 0;
  const cluster = fakeCluster();
  const lag = openLagSource(config, { connect: async () => ((connections += 1), cluster) });
  expect([connections, lag.isUp]).toEqual([0, undefined]);
  const [first] = await Promise.all([lag.ends('t'), lag.ends('u')]);
  expect(first).toEqual({
    topicId: 'id',
    offsets: [{ partition: 0, earliest: 0n, lastStable: 9n, highWatermark: 9n }],
  });
  expect(await lag.ends('gone')).toEqual({ problem: 'topic gone does not exist' });
  expect(lag.isUp).toBe(true);
  expect(await lag.ends('t')).toMatchObject({ topicId: 'id' });
  expect(connections).toBe(1);
  await lag.close();
  await new Promise(setImmediate);
  expect(cluster.closed).toBe(1);
});

it('rests after a failure, then tries again', async () => {
  let nowMs = 0;
  let connections = 0;
  const connect = async () => {
    connections += 1;
    if (connections === 1) throw new SluiceError('KAFKA_UNAVAILABLE', 'no broker answers');
    return fakeCluster();
  };
  const lag = openLagSource(config, { connect, now: () => nowMs, restMs: 100 });
  expect(await lag.ends('t')).toEqual({ problem: 'no broker answers' });
  expect(lag.isUp).toBe(false);
  nowMs = 99;
  expect(await lag.ends('t')).toEqual({ problem: 'no broker answers' });
  expect(connections).toBe(1);
  nowMs = 101;
  expect(await lag.ends('t')).toMatchObject({ topicId: 'id' });
  await lag.close();
});

it('does not wait for a cluster that hangs', async () => {
  const lag = openLagSource(config, { connect: () => new Promise(() => {}), patienceMs: 20 });
  expect(await lag.ends('t')).toEqual({ problem: 'Kafka at nowhere:1 gave no answer within 20 ms' });
});
