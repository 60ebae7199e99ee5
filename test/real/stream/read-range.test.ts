import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { codecNames } from '../../../stream/compression';
import { kafkajsClient } from '../../../stream/kafka/kafkajs-client';
import type { KafkaCluster } from '../../../stream/kafka/cluster';
import { kafkaCluster, openKafka } from '../../../stream/kafka/cluster';
import { connector } from '../../../stream/kafka/connector';
import { defaultKafkaSettings } from '../../../stream/kafka/settings';
import { openLineSpool } from '../../../stream/line-spool';
import type { Collector } from '../../stream/support/collect';
import { collector } from '../../stream/support/collect';
import { kafkaConfig, numbered, produce, useKafka } from './support/topics';

const kafka = useKafka();

async function read(
  cluster: KafkaCluster,
  input: { topic: string; partition?: number; from: number; to: number },
  sink: Collector = collector(),
) {
  const { topic, partition = 0, from, to } = input;
  const { topicId } = await cluster.describeTopic(topic);
  const summary = await cluster.readRange(
    { topic, topicId, range: { partition, from: BigInt(from), to: BigInt(to) } },
    sink,
  );
  return { summary, records: sink.records };
}

async function endOf(topic: string, partition = 0): Promise<number> {
  return Number((await kafka.cluster.listOffsets(topic))[partition]!.lastStable);
}

test('describes a topic: cluster id, topic id as a UUID, partitions', async () => {
  const topic = await kafka.topic('describe', { partitions: 3 });
  expect(await kafka.cluster.describeTopic(topic)).toEqual({
    clusterId: expect.stringMatching(/^\S{16,}$/),
    topic,
    topicId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    partitions: [0, 1, 2],
  });
  expect(await kafka.cluster.listOffsets(topic)).toEqual(
    [0, 1, 2].map((partition) => ({ partition, earliest: 0n, lastStable: 0n, highWatermark: 0n, leaderEpoch: 0 })),
  );
});

test.each(codecNames)('reads what kafkajs produces with %s: keys, values, timestamps', async (codec) => {
  const topic = await kafka.topic(codec);
  const messages = [...numbered(300, 50), { partition: 0, key: null, value: null, timestampMs: 1_700_000_001_000 }];
  await produce(topic, messages, { codec, perSend: 70 });
  const { records, summary } = await read(kafka.cluster, { topic, from: 0, to: 301 });
  expect(records).toEqual(messages.map(({ key, value, timestampMs }, offset) => ({ offset, timestampMs, key, value })));
  expect(summary).toMatchObject({ partition: 0, records: 301, controlRecords: 0, abortedRecords: 0 });
});

test.each([13, 14, 15, 16, 17] as const)('speaks Fetch version %d', async (newestFetchVersion) => {
  const topic = await kafka.topic('version');
  await produce(topic, numbered(50));
  const connect = await connector('sluice-test', { ...defaultKafkaSettings, newestFetchVersion });
  const cluster = kafkaCluster({ bootstrap: kafkaConfig.brokers, connect, settings: defaultKafkaSettings });
  try {
    expect((await read(cluster, { topic, from: 7, to: 50 })).records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 43 }, (_, i) => 7 + i),
    );
  } finally {
    await cluster.close();
  }
});

test('random cuts of a topic with every codec: their union is the whole, each record once', async () => {
  const topic = await kafka.topic('cuts');
  for (const codec of codecNames) await produce(topic, numbered(200, 30), { codec, perSend: 37 });
  const end = await endOf(topic);
  expect(end).toBe(1000);
  const small = await openKafka(kafkaConfig, { maxFetchBytes: 2000 });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: end }), { maxLength: 6 }),
        fc.boolean(),
        async (cuts, smallFetches) => {
          const points = [0, ...cuts, end].sort((a, b) => a - b);
          const sink = collector();
          for (let i = 1; i < points.length; i++)
            await read(smallFetches ? small : kafka.cluster, { topic, from: points[i - 1]!, to: points[i]! }, sink);
          expect(sink.records.map(({ offset }) => offset)).toEqual(Array.from({ length: end }, (_, i) => i));
        },
      ),
      { numRuns: 15 },
    );
  } finally {
    await small.close();
  }
});

test('transactions: committed records once, aborted ones never, whatever the fetch size and wherever ranges are cut', async () => {
  const topic = await kafka.topic('transactions');
  const producer = kafkajsClient(kafkaConfig).producer({
    transactionalId: `tx-${topic}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  const expected: { offset: number; value: string }[] = [];
  let offset = 0;
  await producer.connect();
  try {
    for (let round = 0; round < 8; round++) {
      const commits = round % 3 !== 1;
      const transaction = await producer.transaction();
      for (let part = 0; part < 5; part++) {
        const messages = Array.from({ length: 10 }, (_, i) => ({
          value: `{"round":${round},"part":${part},"i":${i},"pad":"${'y'.repeat(300)}"}`,
        }));
        await transaction.send({ topic, messages });
        if (commits) expected.push(...messages.map(({ value }, i) => ({ offset: offset + i, value })));
        offset += messages.length;
      }
      await (commits ? transaction.commit() : transaction.abort());
      offset++; // the marker
    }
  } finally {
    await producer.disconnect();
  }
  // Visible once the last marker is replicated.
  while ((await endOf(topic)) < offset) await new Promise((resolve) => setTimeout(resolve, 50));

  for (const maxFetchBytes of [1, 4000, 1 << 20]) {
    const cluster = await openKafka(kafkaConfig, { maxFetchBytes });
    try {
      const whole = await read(cluster, { topic, from: 0, to: offset });
      expect(whole.records.map(({ offset: at, value }) => ({ offset: at, value }))).toEqual(expected);
      expect(whole.summary).toMatchObject({ records: 250, controlRecords: 8, abortedRecords: 150 });
      const pieces = collector();
      // Cuts inside aborted transactions, before, at and behind markers.
      const points = [0, 50, 51, 60, 77, 101, 102, 153, 203, 230, 254, offset - 1, offset];
      for (let i = 1; i < points.length; i++)
        await read(cluster, { topic, from: points[i - 1]!, to: points[i]! }, pieces);
      expect(pieces.records.map(({ offset: at }) => at)).toEqual(expected.map(({ offset: at }) => at));
    } finally {
      await cluster.close();
    }
  }
  const marker = await read(kafka.cluster, { topic, from: offset - 1, to: offset });
  expect(marker.summary).toMatchObject({ records: 0, controlRecords: 1 });
});

test('an open transaction ends what may be read: its offsets are refused, not waited for without end', async () => {
  const topic = await kafka.topic('open-transaction');
  await produce(topic, numbered(5));
  const producer = kafkajsClient(kafkaConfig).producer({
    transactionalId: `tx-${topic}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: '{}' }] });
  const cluster = await openKafka(kafkaConfig, { stablePatienceMs: 300 });
  try {
    expect(await cluster.listOffsets(topic)).toEqual([
      { partition: 0, earliest: 0n, lastStable: 5n, highWatermark: 6n, leaderEpoch: 0 },
    ]);
    expect((await read(cluster, { topic, from: 0, to: 5 })).records).toHaveLength(5);
    await expect(read(cluster, { topic, from: 0, to: 6 })).rejects.toMatchObject({
      code: 'OFFSETS_RESET',
      message: expect.stringContaining('readable is up to 5'),
    });
  } finally {
    await transaction.abort();
    await producer.disconnect();
    await cluster.close();
  }
});

test('four partitions at once, each to its own file of lines', async () => {
  const topic = await kafka.topic('concurrent', { partitions: 4 });
  const each = 5000;
  const messages = Array.from({ length: 4 * each }, (_, i) => ({ partition: i % 4, value: `{"n":${i}}` }));
  await produce(topic, messages, { perSend: 4000 });
  const { topicId } = await kafka.cluster.describeTopic(topic);
  const directory = mkdtempSync(path.join(tmpdir(), 'real-spool-'));
  try {
    const spooled = await Promise.all(
      [0, 1, 2, 3].map(async (partition) => {
        const spool = await openLineSpool({
          path: path.join(directory, `${partition}`),
          rejectsPath: path.join(directory, `${partition}.r`),
          partition,
        });
        await kafka.cluster.readRange({ topic, topicId, range: { partition, from: 0n, to: BigInt(each) } }, spool);
        return spool.finish();
      }),
    );
    for (const { partition, path: file, lines } of spooled) {
      expect(lines).toBe(each);
      const rows = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(
        rows.map((row) => JSON.parse(row) as { $p: number; $o: number; n: number }).map(({ $p, $o, n }) => [$p, $o, n]),
      ).toEqual(Array.from({ length: each }, (_, i) => [partition, i, i * 4 + partition]));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('values of a megabyte, larger than a fetch, and awkward ones next to them', async () => {
  const topic = await kafka.topic('large');
  const values = [`{"s":"${'a'.repeat(900_000)}"}`, '{}', null, '', `{"s":"${'b'.repeat(500_000)}"}`, '[1]'];
  await produce(
    topic,
    values.map((value) => ({ partition: 0, value })),
    { codec: 'none', perSend: 1 },
  );
  const cluster = await openKafka(kafkaConfig, { maxFetchBytes: 1000 });
  try {
    expect((await read(cluster, { topic, from: 0, to: 6 })).records.map(({ value }) => value)).toEqual(values);
  } finally {
    await cluster.close();
  }
});

test('a compacted topic: what is left comes with its offsets, and every range ends, gaps or not', async () => {
  const settings = {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.0001',
    'delete.retention.ms': '0',
  };
  const topic = await kafka.topic('compacted', { settings });
  for (let round = 0; round < 10; round++) {
    const messages = Array.from({ length: 20 }, (_, i) => ({
      partition: 0,
      key: `k${i % 7}`,
      value: `{"round":${round},"i":${i}}`,
    }));
    await produce(topic, messages);
    await new Promise((resolve) => setTimeout(resolve, 110));
  }
  let offsets: number[] = [];
  // The broker's cleaner looks for work every 15 s.
  for (let waited = 0; waited < 40 && offsets.length !== 27; waited++) {
    if (waited > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
    offsets = (await read(kafka.cluster, { topic, from: 0, to: 200 })).records.map(({ offset }) => offset);
  }
  // The newest value of each of seven keys, and the segment that is still written to.
  expect(offsets).toEqual(Array.from({ length: 27 }, (_, i) => 173 + i));
  for (const [from, to] of [
    [0, 100],
    [100, 173],
    [150, 175],
    [175, 200],
    [199, 200],
  ] as const) {
    const { records } = await read(kafka.cluster, { topic, from, to });
    expect(records.map(({ offset }) => offset)).toEqual(offsets.filter((offset) => offset >= from && offset < to));
  }
});

test('the log of a leader epoch ends where the log does while that leader stays; of one that never was, nobody knows', async () => {
  const topic = await kafka.topic('epochs');
  await produce(topic, numbered(30));
  const end = (epoch: number) => kafka.cluster.epochEnd({ topic, partition: 0, epoch });
  expect([await end(0), await end(7)]).toEqual([30n, undefined]);
});

test('offsets that were deleted: OFFSETS_EXPIRED with the hole; behind it all is there', async () => {
  const topic = await kafka.topic('expired');
  await produce(topic, numbered(100), { perSend: 10 });
  await kafka.admin.deleteRecords(topic, new Map([[0, 55n]]));
  expect((await kafka.cluster.listOffsets(topic))[0]!.earliest).toBe(55n);
  await expect(read(kafka.cluster, { topic, from: 40, to: 100 })).rejects.toMatchObject({
    code: 'OFFSETS_EXPIRED',
    message: expect.stringContaining('up to 15 events are gone'),
    context: { topic, partition: 0, from: 40n, earliest: 55n },
  });
  expect((await read(kafka.cluster, { topic, from: 55, to: 100 })).records).toHaveLength(45);
});

test('a topic deleted and made again under its name is another topic: TOPIC_RECREATED', async () => {
  const topic = await kafka.topic('recreated');
  await produce(topic, numbered(10));
  const { topicId } = await kafka.cluster.describeTopic(topic);
  await kafka.admin.deleteTopic(topic);
  const range = { partition: 0, from: 0n, to: 10n };
  await expect(kafka.cluster.readRange({ topic, topicId, range }, collector())).rejects.toMatchObject({
    code: 'TOPIC_NOT_FOUND',
  });
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await produce(topic, numbered(10));
  const sink = collector();
  await expect(kafka.cluster.readRange({ topic, topicId, range }, sink)).rejects.toMatchObject({
    code: 'TOPIC_RECREATED',
    context: { topic, expected: topicId },
  });
  expect(sink.records).toEqual([]);
});

test('a topic that does not exist: TOPIC_NOT_FOUND, and it is not created by asking', async () => {
  await expect(kafka.cluster.describeTopic('test-no-such-topic')).rejects.toMatchObject({
    code: 'TOPIC_NOT_FOUND',
    message: 'topic test-no-such-topic does not exist',
  });
  await expect(kafka.cluster.listOffsets('no such name!')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  expect(await kafka.admin.topicExists('test-no-such-topic')).toBe(false);
});
