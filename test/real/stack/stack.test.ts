import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Kafka, logLevel } from 'kafkajs';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { isSluiceError } from '../../../base/errors';
import { configEnv } from '../../../stack/config-env';
import { doctor } from '../../../stack/doctor';
import { down } from '../../../stack/down';
import { isPortFree } from '../../../stack/port-owner';
import { processIdentity } from '../../../stack/process-identity';
import { temporalBinary } from '../../../stack/part-paths';
import { backendNames } from '../../../stack/server-spec';
import { searchAttributes } from '../../../stack/servers/temporal';
import { stackSettings } from '../../../stack/settings';
import { serverSpecs, stackContext } from '../../../stack/specs';
import { status } from '../../../stack/status';
import { freeOffset } from '../../../stack/free-offset';
import { runTool } from '../../../stack/tools';
import { up } from '../../../stack/up';

/** A second stack beside the one that the other suites use: same installed servers, own ports, own data. */
const first = loadConfig();
const settings = {
  ...stackSettings(),
  installDirectory: stackSettings().installDirectory ?? path.join(first.home, 'stack'),
};
let config: SluiceConfig;
let options: { config: SluiceConfig; settings: typeof settings; only: typeof backendNames };

beforeAll(async () => {
  const home = path.join(first.home, 'second-stack');
  rmSync(home, { recursive: true, force: true });
  config = loadConfig({ SLUICE_HOME: home, SLUICE_PORT_OFFSET: String(await freeOffset()) });
  options = { config, settings, only: backendNames };
  const started = await up(options);
  expect(started.map((server) => [server.name, server.outcome])).toEqual(backendNames.map((name) => [name, 'started']));
}, 120_000);

afterAll(async () => {
  await down({ config, settings, wipe: true });
}, 60_000);

test('a stack that runs is left alone', async () => {
  const startedMs = Date.now();
  const again = await up(options);
  expect(again.every((server) => server.outcome === 'already running')).toBe(true);
  expect(Date.now() - startedMs).toBeLessThan(5000);
});

test('kill -9 of every server, and up again, loses nothing', async () => {
  await putAll('kept');
  const before = await status(options);
  for (const server of before) process.kill(server.pid ?? 0, 'SIGKILL');
  // A process lives on for some milliseconds after the signal, and `up` would rightly take it for running.
  while (before.some((server) => processIdentity(server.pid ?? 0) !== undefined)) await sleep(10);
  const again = await up(options);
  expect(again.map((server) => server.outcome)).toEqual(backendNames.map(() => 'started'));
  expect(await getAll('kept')).toEqual({ kafka: ['kept'], s3: 'kept', nessie: 'kept', temporal: 'kept' });
}, 120_000);

test('the bucket and the search attributes are there', async () => {
  const list = await temporal(['operator', 'search-attribute', 'list', '--output', 'json']);
  const { customAttributes } = JSON.parse(list) as { customAttributes: Record<string, string> };
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(searchAttributes)));
  const report = await doctor({ config, settings });
  expect(report.machine.find((finding) => finding.name === 'Bucket lake-data')).toMatchObject({
    ok: true,
    cure: undefined,
  });
});

test('doctor tells version, address and memory of each server, and what to do about what does not run', async () => {
  const report = await doctor({ config, settings });
  const backends = report.servers.filter((server) => (backendNames as readonly string[]).includes(server.name));
  for (const server of backends) {
    expect(server).toMatchObject({ reachable: true, state: 'running', cure: undefined });
    expect(server.version).toMatch(/^\d+\.\d+/);
    expect(server.memoryBytes).toBeGreaterThan(50_000_000);
  }
  expect(report.servers.find((server) => server.name === 'router')).toMatchObject({
    state: 'stopped',
    cure: 'sluice up',
  });
  expect(report.ok).toBe(false);
});

test('a wrong S3 key is one clear error, and doctor says what to do', async () => {
  const wrong = loadConfig({ ...configEnv(config), SLUICE_S3_SECRET_KEY: 'not-it' });
  const error: unknown = await up({ ...options, config: wrong, only: ['s3'] }).catch((thrown: unknown) => thrown);
  expect(isSluiceError(error, 'STORE_REFUSED')).toBe(true);
  expect(error).toMatchObject({
    message: `the object store ${config.s3.endpoint} refuses key admin for bucket lake-data`,
  });
  const report = await doctor({ config: wrong, settings });
  expect(report.machine.find((finding) => finding.name === 'Bucket lake-data')).toMatchObject({
    ok: false,
    found: 'the store refuses key admin',
    cure: expect.stringContaining('SLUICE_S3_SECRET_KEY') as string,
  });
});

test('a taken port is told with its owner and the cure, and nothing is started', async () => {
  await down({ config, settings, only: ['s3', 'temporal'] });
  const port = Number(new URL(config.s3.endpoint).port);
  const squatter = createServer((socket) => socket.destroy());
  squatter.listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  const error: unknown = await up(options).catch((thrown: unknown) => thrown);
  expect(isSluiceError(error, 'PORT_TAKEN')).toBe(true);
  expect((error as Error).message).toMatch(
    new RegExp(`^port ${port} \\(s3, s3\\) is taken by pid ${process.pid} \\(.*node`),
  );
  expect(error).toMatchObject({ cure: expect.stringContaining('--port-offset') as string });
  const now = await status({ config, settings, only: ['s3', 'temporal'] });
  expect(now.map((server) => server.state)).toEqual(['port taken', 'stopped']);
  await new Promise((resolve) => squatter.close(resolve));
  const again = await up(options);
  expect(again.map((server) => server.outcome)).toEqual(['already running', 'started', 'already running', 'started']);
}, 60_000);

test('down ends every server, frees every port, keeps the data; with wipe the data goes too', async () => {
  const stopped = await down({ config, settings });
  expect(
    stopped.filter((server) => server.outcome !== 'not running').map((server) => [server.name, server.outcome]),
  ).toEqual(expect.arrayContaining(backendNames.map((name) => [name, 'stopped'])));
  const specs = serverSpecs(stackContext(config, settings));
  const free = await Promise.all(specs.flatMap((spec) => Object.values(spec.ports)).map(isPortFree));
  expect(free.every(Boolean)).toBe(true);
  expect((await status({ config, settings })).every((server) => server.state === 'stopped')).toBe(true);

  await up({ ...options, only: ['s3'] });
  expect(await getObject('kept')).toBe('kept');
  await down({ config, settings, only: ['s3'], wipe: true });
  await up({ ...options, only: ['s3'] });
  await expect(getObject('kept')).rejects.toThrow('key does not exist');
}, 90_000);

async function putAll(value: string): Promise<void> {
  const kafka = kafkaClient();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'survivor', numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'survivor', acks: -1, messages: [{ value }] });
  await producer.disconnect();
  const { bucket } = config.s3;
  await withS3((s3) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: value, Body: value })));
  await commitNamespace(value);
  await temporal(['workflow', 'start', '--type', 'nobody', '--task-queue', 'nowhere', '--workflow-id', value]);
}

async function getAll(value: string) {
  const workflow = await temporal(['workflow', 'describe', '--workflow-id', value, '--output', 'json']);
  const described = JSON.parse(workflow) as {
    workflowExecutionInfo: { execution: { workflowId: string }; status: string };
  };
  expect(described.workflowExecutionInfo.status).toBe('WORKFLOW_EXECUTION_STATUS_RUNNING');
  return {
    kafka: await readTopic('survivor', 1),
    s3: await getObject(value),
    nessie: (await nessieEntries()).find((name) => name === value),
    temporal: described.workflowExecutionInfo.execution.workflowId,
  };
}

function kafkaClient(): Kafka {
  return new Kafka({ brokers: [...config.kafka.brokers], logLevel: logLevel.NOTHING });
}

async function readTopic(topic: string, count: number): Promise<string[]> {
  const consumer = kafkaClient().consumer({ groupId: `reader-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      values.push(message.value?.toString() ?? '');
      if (values.length === count) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}

async function withS3<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
  const { endpoint, region, accessKeyId, secretAccessKey } = config.s3;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

function getObject(key: string): Promise<string | undefined> {
  return withS3(async (s3) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: config.s3.bucket, Key: key }));
    return Body?.transformToString();
  });
}

async function commitNamespace(name: string): Promise<void> {
  const api = `${config.nessie.uri}/api/v2/trees`;
  const { reference } = (await (await fetch(`${api}/main`)).json()) as { reference: { hash: string } };
  const response = await fetch(`${api}/main@${reference.hash}/history/commit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      commitMeta: { message: 'add a namespace' },
      operations: [
        { type: 'PUT', key: { elements: [name] }, content: { type: 'NAMESPACE', elements: [name], properties: {} } },
      ],
    }),
  });
  expect(response.status).toBe(200);
}

async function nessieEntries(): Promise<readonly string[]> {
  const response = await fetch(`${config.nessie.uri}/api/v2/trees/main/entries`);
  const { entries } = (await response.json()) as { entries: { name: { elements: string[] } }[] };
  return entries.map((entry) => entry.name.elements.join('.'));
}

async function temporal(args: readonly string[]): Promise<string> {
  const result = await runTool({
    command: temporalBinary(settings.installDirectory),
    args: [...args, '--address', config.temporal.address],
    timeoutMs: 20_000,
  });
  expect({ status: result.status, output: result.status === 0 ? '' : result.output }).toEqual({
    status: 0,
    output: '',
  });
  return result.stdout;
}
