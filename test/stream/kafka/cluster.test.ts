import { kafkaCluster } from '../../../stream/kafka/cluster';
import { openBrokers } from '../../../stream/kafka/brokers';
import { chooseFetchVersion } from '../../../stream/kafka/broker-connection';
import { commitGroupOffsets } from '../../../stream/kafka/group-offsets';
import { defaultKafkaSettings } from '../../../stream/kafka/settings';
import { buildLog } from '../support/random-log';
import { simulate, TOPIC_ID } from '../support/simulated-broker';

const settings = { ...defaultKafkaSettings, askPatienceMs: 300 };
const emptyLog = () => buildLog({ steps: [{ kind: 'gap', length: 5 }], start: 10 });

test('describes a topic and lists its offsets', async () => {
  const simulated = simulate(await emptyLog());
  simulated.lastStable = 13;
  const cluster = kafkaCluster({ bootstrap: ['b1:1'], connect: simulated.connect, settings });
  expect(await cluster.describeTopic('t')).toEqual({
    clusterId: 'simulated',
    topic: 't',
    topicId: TOPIC_ID,
    partitions: [0],
  });
  expect(await cluster.listOffsets('t')).toEqual([
    { partition: 0, earliest: 10n, lastStable: 13n, highWatermark: 15n },
  ]);
  await cluster.close();
  await expect(cluster.describeTopic('t')).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringContaining('closed'),
  });
});

test('a topic that is not there is said by name', async () => {
  const simulated = simulate(await emptyLog());
  simulated.exists = false;
  const cluster = kafkaCluster({ bootstrap: ['b1:1'], connect: simulated.connect, settings });
  await expect(cluster.listOffsets('t')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND', context: { topic: 't' } });
});

test('goes to another configured broker when the first is down, and to learnt ones when all configured are', async () => {
  const simulated = simulate(await emptyLog());
  const cluster = kafkaCluster({ bootstrap: ['b1:1'], connect: simulated.connect, settings });
  await cluster.describeTopic('t');
  simulated.down.add('b1');
  Object.assign(simulated, { leader: 2 });
  expect(await cluster.listOffsets('t')).toHaveLength(1);
});

test.each(['localhost', 'localhost:', ':9092', 'a:b:c', 'host:port', ''])(
  'broker address %j is BAD_INPUT',
  (address) => {
    expect(() => openBrokers([address], () => Promise.reject(new Error('not reached')))).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  },
);

test('chooses the newest Fetch version both sides know, 13 to 17', () => {
  const offering = (min: number, max: number) => new Map([[1, { min, max }]]);
  expect(chooseFetchVersion(offering(4, 18), { address: 'b' })).toBe(17);
  expect(chooseFetchVersion(offering(0, 13), { address: 'b' })).toBe(13);
  expect(() => chooseFetchVersion(offering(0, 12), { address: 'b' })).toThrow(
    expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringContaining('up to version 12') }),
  );
  expect(() => chooseFetchVersion(offering(18, 20), { address: 'b' })).toThrow(
    expect.objectContaining({ code: 'NOT_SUPPORTED' }),
  );
  expect(() => chooseFetchVersion(new Map(), { address: 'b' })).toThrow(
    expect.objectContaining({ code: 'NOT_SUPPORTED' }),
  );
});

test('group offsets: nothing to write asks nobody', async () => {
  const brokers = openBrokers(['b1:1'], () => Promise.reject(new Error('not reached')));
  await commitGroupOffsets(brokers, { group: 'g', topic: 't', offsets: new Map() });
});
