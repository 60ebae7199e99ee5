import { codecNames } from '../../../stream/compression';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import type { ConsumedMessage } from '../../../stream/kafka/consume';
import { consumeMessages } from '../../../stream/kafka/consume';
import { kafkajsClient } from '../../../stream/kafka/kafkajs-client';
import { openProducer } from '../../../stream/kafka/producer';
import { kafkaConfig, numbered, produce, useKafka } from './support/topics';

const kafka = useKafka();

test('creating a topic twice is no error; another number of partitions is', async () => {
  const topic = await kafka.topic('admin', { partitions: 2 });
  expect(await kafka.admin.createTopic({ topic, partitions: 2 })).toBe('exists');
  await expect(kafka.admin.createTopic({ topic, partitions: 3 })).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: `topic ${topic} has 2 partitions, expected 3`,
  });
  expect(await kafka.admin.topicExists(topic)).toBe(true);
});

test('a topic that Kafka refuses: KAFKA_REFUSED with its reason', async () => {
  await expect(kafka.admin.createTopic({ topic: 'no such name!', partitions: 1 })).rejects.toMatchObject({
    code: 'KAFKA_REFUSED',
  });
});

test('no broker: KAFKA_UNAVAILABLE with the address', async () => {
  const away = openKafkaAdmin({ brokers: ['127.0.0.1:1'], clientId: 'sluice-test' });
  await expect(away.topicExists('t')).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringContaining('127.0.0.1:1'),
  });
  await expect(openProducer({ brokers: ['127.0.0.1:1'], clientId: 'sluice-test' })).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
  });
});

test('group offsets are written without joining, forwards and backwards, in milliseconds', async () => {
  const topic = await kafka.topic('group', { partitions: 3 });
  const group = `sluice.${topic}`;
  await kafka.admin.commitGroupOffsets(group, topic, new Map([[0, 5n]]));
  const startMs = performance.now();
  await kafka.admin.commitGroupOffsets(
    group,
    topic,
    new Map([
      [0, 7n],
      [2, 2n ** 40n],
    ]),
  );
  expect(performance.now() - startMs).toBeLessThan(1_000);
  await kafka.admin.commitGroupOffsets(group, topic, new Map([[0, 3n]]));
  const admin = kafkajsClient(kafkaConfig).admin();
  await admin.connect();
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  expect(committed!.partitions.map(({ partition, offset }) => [partition, offset]).sort()).toEqual([
    [0, '3'],
    [1, '-1'],
    [2, String(2 ** 40)],
  ]);
  await admin.deleteGroups([group]);
  await admin.disconnect();
});

test.each(codecNames)('the producer writes %s, the consumer reads it', async (codec) => {
  const topic = await kafka.topic(`consume-${codec}`);
  await produce(topic, numbered(25), { codec });
  const seen: ConsumedMessage[] = [];
  expect(
    await consumeMessages(kafkaConfig, { topic, from: 'beginning', limit: 20 }, (message) => seen.push(message)),
  ).toBe(20);
  expect(seen.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i)));
  expect(seen[3]).toMatchObject({
    partition: 0,
    timestampMs: 1_700_000_000_003,
    key: Buffer.from('k3'),
    value: Buffer.from('{"n":3,"pad":""}'),
  });
});

test('consuming leaves no group behind and ends by its signal', async () => {
  const topic = await kafka.topic('consume-end');
  await produce(topic, numbered(3));
  const controller = new AbortController();
  let seen = 0;
  const clientId = `test-${topic}`;
  const count = await consumeMessages(
    { ...kafkaConfig, clientId },
    { topic, from: 'beginning', signal: controller.signal },
    () => {
      if (++seen === 3) controller.abort();
    },
  );
  expect(count).toBe(3);
  const admin = kafkajsClient(kafkaConfig).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  expect(groups.filter(({ groupId }) => groupId.startsWith(clientId))).toEqual([]);
});

test('consuming a topic that is not there: TOPIC_NOT_FOUND; an error of the caller comes out', async () => {
  await expect(
    consumeMessages(kafkaConfig, { topic: 'test-no-such-topic', from: 'latest' }, () => undefined),
  ).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  const topic = await kafka.topic('consume-fails');
  await produce(topic, numbered(3));
  const failing = consumeMessages(kafkaConfig, { topic, from: 'beginning' }, () => {
    throw new Error('printer on fire');
  });
  await expect(failing).rejects.toThrow('printer on fire');
});

test('sending to a topic that is not there: TOPIC_NOT_FOUND', async () => {
  const producer = await openProducer(kafkaConfig);
  await expect(producer.send('test-no-such-topic', [{ value: '{}' }])).rejects.toMatchObject({
    code: 'TOPIC_NOT_FOUND',
  });
  await producer.close();
});
