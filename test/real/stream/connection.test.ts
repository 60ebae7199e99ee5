import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { connector } from '../../../stream/kafka/connector';
import type { KafkaCluster } from '../../../stream/kafka/cluster';
import { kafkaCluster, openKafka } from '../../../stream/kafka/cluster';
import type { KafkaSettings } from '../../../stream/kafka/settings';
import { defaultKafkaSettings } from '../../../stream/kafka/settings';
import type { RecordSink } from '../../../stream/records';
import { collector } from '../../stream/support/collect';
import { kafkaConfig, numbered, produce, useKafka } from './support/topics';

const kafka = useKafka();

/** A door in front of the broker that tests may slam or hold shut. */
interface Door {
  readonly port: number;
  slam(): void;
  /** Lets nothing pass from the broker any more, without closing. */
  hold(): void;
  close(): Promise<void>;
}

async function openDoor(): Promise<Door> {
  const [host, port] = kafkaConfig.brokers[0]!.split(':');
  const pairs = new Set<readonly [Socket, Socket]>();
  let held = false;
  const server: Server = createServer((client) => {
    const broker = connect(Number(port), host);
    const pair = [client, broker] as const;
    pairs.add(pair);
    client.on('data', (data) => broker.write(data));
    broker.on('data', (data) => {
      if (!held) client.write(data);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        pair.forEach((end) => end.destroy());
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const slam = (): void => pairs.forEach((pair) => pair.forEach((end) => end.destroy()));
  return {
    port: (server.address() as AddressInfo).port,
    slam,
    hold: () => (held = true),
    close: async () => {
      slam();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function throughDoor(door: Door, over: Partial<KafkaSettings>): Promise<KafkaCluster> {
  const settings = { ...defaultKafkaSettings, ...over };
  const real = await connector('sluice-test', settings);
  // Whatever address the broker gives for itself, connections go through the door.
  return kafkaCluster({ bootstrap: [`127.0.0.1:${door.port}`], connect: () => real('127.0.0.1', door.port), settings });
}

test('nobody listens: KAFKA_UNAVAILABLE that names the address, within seconds', async () => {
  const startMs = performance.now();
  await expect(openKafka({ brokers: ['127.0.0.1:1', '127.0.0.1:2'], clientId: 'sluice-test' })).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringMatching(/127\.0\.0\.1:1: cannot connect.*ECONNREFUSED.*127\.0\.0\.1:2/),
    cure: expect.stringContaining('sluice up'),
  });
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('somebody listens who never answers: KAFKA_UNAVAILABLE, bounded by the request’s time-out', async () => {
  const mute = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as AddressInfo;
  const startMs = performance.now();
  await expect(
    openKafka(
      { brokers: [`127.0.0.1:${port}`], clientId: 'sluice-test' },
      { requestTimeoutMs: 500, askPatienceMs: 500 },
    ),
  ).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringContaining('timed out') });
  expect(performance.now() - startMs).toBeLessThan(5_000);
  await new Promise((resolve) => mute.close(resolve));
});

test('not a Kafka broker: KAFKA_UNAVAILABLE, not a hang', async () => {
  const web = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  await expect(
    openKafka(
      { brokers: [`127.0.0.1:${port}`], clientId: 'sluice-test' },
      { requestTimeoutMs: 500, askPatienceMs: 300 },
    ),
  ).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  await new Promise((resolve) => web.close(resolve));
});

test('connections that break again and again during a read lose and double nothing', async () => {
  const topic = await kafka.topic('breaks');
  await produce(topic, numbered(4000, 100), { perSend: 100 });
  const door = await openDoor();
  const cluster = await throughDoor(door, { maxFetchBytes: 3000 });
  try {
    const { topicId } = await cluster.describeTopic(topic);
    const sink = collector();
    let drains = 0;
    const breaking: RecordSink = {
      record: (...record) => sink.record(...record),
      drain: async () => void (++drains % 7 === 0 && door.slam()),
    };
    await cluster.readRange({ topic, topicId, range: { partition: 0, from: 0n, to: 4000n } }, breaking);
    expect(sink.records.map(({ offset }) => offset)).toEqual(Array.from({ length: 4000 }, (_, i) => i));
    expect(drains).toBeGreaterThan(20);
  } finally {
    await cluster.close();
    await door.close();
  }
});

test('a broker that falls silent in the middle: KAFKA_UNAVAILABLE after time-outs and patience', async () => {
  const topic = await kafka.topic('silent');
  await produce(topic, numbered(1000, 100), { perSend: 100 });
  const door = await openDoor();
  const cluster = await throughDoor(door, { maxFetchBytes: 3000, requestTimeoutMs: 300, readPatienceMs: 700 });
  try {
    const { topicId } = await cluster.describeTopic(topic);
    const sink: RecordSink = { record: () => undefined, drain: async () => door.hold() };
    await expect(
      cluster.readRange({ topic, topicId, range: { partition: 0, from: 0n, to: 1000n } }, sink),
    ).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringContaining('timed out') });
  } finally {
    await cluster.close();
    await door.close();
  }
});

test('an abort during a read ends it at once', async () => {
  const topic = await kafka.topic('abort');
  await produce(topic, numbered(1000, 100), { perSend: 100 });
  const { topicId } = await kafka.cluster.describeTopic(topic);
  const controller = new AbortController();
  const sink: RecordSink = {
    record: () => undefined,
    drain: () => new Promise(() => setTimeout(() => controller.abort(new Error('stop')), 20)),
  };
  const range = { partition: 0, from: 0n, to: 1000n };
  await expect(kafka.cluster.readRange({ topic, topicId, range, signal: controller.signal }, sink)).rejects.toThrow(
    'stop',
  );
});
