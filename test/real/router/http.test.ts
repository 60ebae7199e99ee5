import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { parseJson } from '../../../base/json';
import { createLogger } from '../../../base/log';
import { progressProperties } from '../../../lake/progress';
import { needTable } from '../../../lake/lake';
import { stageChange } from '../../../lake/stage';
import { commitTables } from '../../../lake/commit';
import { openQueryDeps, type OpenedQueryDeps } from '../../../router/deps';
import { openLagSource, type LagSource } from '../../../router/lag';
import { createRouter } from '../../../router/server';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import { openProducer } from '../../../stream/kafka/producer';
import { until } from '../support/until';
import { openLakeTables, type LakeTables } from './lake-tables';

let tables: LakeTables;
let opened: OpenedQueryDeps;
let lag: LagSource;
let app: FastifyInstance;
let url: string;
let t: string;
let topic: string;
const shutdown = new AbortController();

beforeAll(async () => {
  tables = await openLakeTables();
  t = tables.namespace;
  topic = `topic-${t}`;
  await tables.create({
    name: 'raw',
    columns: [{ name: 'id', type: 'long', required: true }],
    partition: [{ column: 'id', transform: { kind: 'bucket', buckets: 4 } }],
  });
  await tables.append({ raw: 'select 9007199254740993 + i as id from range(10) r(i)' });
  opened = openQueryDeps(tables.config);
  lag = openLagSource(tables.config.kafka);
  app = createRouter({
    deps: opened.deps,
    lag,
    log: createLogger('router-test', 'silent'),
    version: '1.2.3',
    shutdown: shutdown.signal,
    hosts: ['127.0.0.1'],
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await lag.close();
  await opened.close();
  await tables.close();
});

async function get<T>(path: string): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(url + path);
  return { status: response.status, body: parseJson<T>(await response.text()) };
}

async function post(body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseJson<Record<string, unknown>>(text) };
}

describe('POST /query', () => {
  it('answers rows with every digit', async () => {
    const { status, text, headers } = await post({ sql: `select id from ${t}.raw order by id limit 2` });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(text).toContain('"rows":[[9007199254740993],[9007199254740994]]');
    expect((await post({ sql: `select id from ${t}.raw limit 1`, rowMode: 'object', ref: 'main' })).text).toMatch(
      /"rows":\[\{"id":\d+\}\]/,
    );
  });

  it.each<readonly [status: number, code: string, body: unknown]>([
    [400, 'QUERY_FAILED', { sql: 'selec' }],
    [403, 'QUERY_REFUSED', { sql: 'drop table x' }],
    [404, 'TABLE_NOT_FOUND', { sql: 'from a.b' }],
    [404, 'REF_NOT_FOUND', { sql: 'select 1', ref: 'no-such-branch' }],
    [
      408,
      'QUERY_TIMEOUT',
      {
        sql: 'select count(*) from range(1000000000) a, range(1000) b where hash(a.range + b.range) = 1',
        timeoutMs: 100,
      },
    ],
    [400, 'BAD_INPUT', { query: 'select 1' }],
    [400, 'BAD_INPUT', '{'],
    [413, 'BAD_INPUT', { sql: 'x'.repeat(2 * 1024 * 1024) }],
  ])('%i %s', async (status, code, body) => {
    const answer = await post(body);
    expect([answer.status, answer.body['error']]).toEqual([
      status,
      expect.objectContaining({ code, message: expect.any(String) }),
    ]);
  });

  it('other bodies and paths are refused', async () => {
    expect(await post('select 1', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { error: { code: 'BAD_INPUT' } },
    });
    expect(await get('/nothing')).toMatchObject({ status: 404, body: { error: { code: 'BAD_INPUT' } } });
  });

  it('a client that goes away ends its query', async () => {
    const controller = new AbortController();
    const sql = 'select count(*) from range(1000000000) a, range(1000) b where hash(a.range + b.range) = 1';
    const gone = fetch(`${url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
      signal: controller.signal,
    });
    await until('the query to run', () => opened.deps.gate.running === 1, 5_000);
    controller.abort();
    await expect(gone).rejects.toThrow();
    await until('the query to end', () => opened.deps.gate.running === 0, 5_000);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('sluice_queries_total{outcome="QUERY_CANCELLED"} 1');
  });

  it('another host name is refused: DNS rebinding', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest(`${url}/tables`, { headers: { host: 'evil.example' } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

describe('the lake', () => {
  it('GET /tables and one table', async () => {
    const { body } = await get<{ ref: unknown; tables: readonly { name: string }[] }>('/tables');
    expect(body.ref).toEqual({ name: 'main', hash: expect.any(String) });
    expect(body.tables.find(({ name }) => name === `${t}.raw`)).toEqual({
      name: `${t}.raw`,
      snapshotId: expect.any(Number),
      rows: 10,
      files: expect.any(Number),
      bytes: expect.any(Number),
      updatedAt: expect.stringMatching(/Z$/),
      columns: [{ id: 1, name: 'id', type: 'long', required: true }],
      partition: ['bucket(4, id)'],
    });
    const one = await get<{ snapshots: unknown[] }>(`/tables/${t}/raw?ref=main`);
    expect(one.body).toMatchObject({
      name: `${t}.raw`,
      location: expect.stringContaining('s3://'),
      sortedBy: [],
      properties: { 'gc.enabled': 'false' },
      snapshots: [{ operation: 'append', parentId: null, summary: { 'added-records': '10' } }],
    });
    expect(await get(`/tables/${t}/none`)).toMatchObject({ status: 404, body: { error: { code: 'TABLE_NOT_FOUND' } } });
    expect(await get('/tables?ref=none-such')).toMatchObject({
      status: 404,
      body: { error: { code: 'REF_NOT_FOUND' } },
    });
  });

  it('GET /branches', async () => {
    const tag = await tables.mark('TAG');
    const { body } = await get<{ branches: readonly { name: string }[] }>('/branches');
    expect(body.branches[0]).toEqual({
      name: 'main',
      type: 'branch',
      hash: expect.any(String),
      lastCommit: { message: expect.any(String), time: expect.any(String), author: expect.anything() },
    });
    expect(body.branches.find(({ name }) => name === tag)).toMatchObject({
      type: 'tag',
      lastCommit: expect.anything(),
    });
  });

  it('GET /pipelines and its metrics: lag of each partition', async () => {
    const admin = openKafkaAdmin(tables.config.kafka);
    const producer = await openProducer(tables.config.kafka);
    try {
      await admin.createTopic({ topic, partitions: 2 });
      await producer.send(
        topic,
        Array.from({ length: 5 }, (_, i) => ({ partition: i < 3 ? 0 : 1, value: Buffer.from(`{"i":${i}}`) })),
      );
      await checkPipeline();
    } finally {
      await producer.close();
      await admin.deleteTopic(topic);
      await admin.close();
    }
  });

  async function checkPipeline(): Promise<void> {
    const ends = await lag.ends(topic);
    if (!('topicId' in ends)) throw new Error(ends.problem);
    const head = await tables.lake.nessie.getRef('main');
    const raw = await needTable(tables.lake, head.hash, { namespace: t, name: 'raw' });
    const progress = {
      version: 1,
      batch: 4n,
      topic,
      topicId: ends.topicId,
      clusterId: 'c',
      partitions: { '0': { next: 1n }, '1': { next: 2n } },
      watermarkMs: 1_767_225_600_000,
    } as const;
    const staged = await stageChange(
      tables.lake,
      raw,
      { operation: 'none', properties: progressProperties(`p-${t}`, progress) },
      { planId: `progress ${t}`, timestampMs: Date.now() },
    );
    expect(
      await commitTables(tables.lake, { branch: 'main', baseHash: head.hash, staged: [staged], message: 'progress' }),
    ).toMatchObject({ outcome: 'committed' });

    let mine: unknown;
    await until(
      'the pipeline to be listed',
      async () => {
        const { body } = await get<{ pipelines: readonly { name: string }[] }>('/pipelines');
        return (mine = body.pipelines.find(({ name }) => name === `p-${t}`)) !== undefined;
      },
      10_000,
    );
    expect(mine).toMatchObject({
      topic,
      table: `${t}.raw`,
      batch: 4,
      lag: 2,
      watermark: '2026-01-01T00:00:00.000Z',
      rows: { raw: 10, rejected: 0, late: 0 },
      freshnessSeconds: expect.any(Number),
      partitions: [
        { partition: 0, next: 1, end: 3, lag: 2 },
        { partition: 1, next: 2, end: 2, lag: 0 },
      ],
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`sluice_lag_events{pipeline="p-${t}",partition="0"} 2`);
    expect(metrics).toContain(`sluice_batch{pipeline="p-${t}"} 4`);
    expect(metrics).toContain(`sluice_rows_total{pipeline="p-${t}",outcome="raw"} 10`);
    expect(metrics).toContain(`sluice_watermark_seconds{pipeline="p-${t}"} 1767225600`);
    expect(metrics).toMatch(/sluice_freshness_seconds\{pipeline="p-/);
    expect(metrics).toContain('sluice_up{dependency="catalog"} 1');
    expect(metrics).toContain('process_cpu_user_seconds_total');
  }
});

describe('when servers are down', () => {
  it('health says which, metrics go on, the rest answers 502', async () => {
    const config = { ...tables.config, nessie: { ...tables.config.nessie, uri: 'http://127.0.0.1:1' } };
    const broken = openQueryDeps(config);
    const noKafka = openLagSource({ ...config.kafka, brokers: ['127.0.0.1:1'] });
    const other = createRouter({
      deps: broken.deps,
      lag: noKafka,
      log: createLogger('router-test', 'silent'),
      version: '1.2.3',
      shutdown: shutdown.signal,
    });
    await other.listen({ host: '127.0.0.1', port: 0 });
    const base = `http://127.0.0.1:${(other.server.address() as AddressInfo).port}`;
    const health = await fetch(`${base}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      status: 'down',
      version: '1.2.3',
      detail: expect.stringContaining('catalog: Nessie at http://127.0.0.1:1') as string,
      catalog: { ok: false },
      store: { ok: true },
    });
    const metrics = await fetch(`${base}/metrics`);
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toContain('sluice_up{dependency="catalog"} 0');
    for (const path of ['/tables', '/branches', '/pipelines']) {
      const answer = await fetch(base + path);
      expect([path, answer.status, await answer.json()]).toEqual([
        path,
        502,
        { error: expect.objectContaining({ code: 'CATALOG_UNAVAILABLE' }) as unknown },
      ]);
    }
    await noKafka.close();
    await other.close();
    await broken.close();
  });

  it('health is 200 otherwise', async () => {
    expect(await get('/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', version: '1.2.3', catalog: { ok: true }, store: { ok: true } },
    });
  });
});

it('the page asks for nothing from elsewhere', async () => {
  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
  expect(files).toEqual(expect.arrayContaining(['/page.css', '/page.js']));
  expect(files.filter((file) => !file.startsWith('/') && !file.startsWith('data:'))).toEqual([]);
  for (const [file, type] of [
    ['/page.css', 'text/css'],
    ['/page.js', 'text/javascript'],
  ]) {
    const answer = await fetch(url + file);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(await answer.text()).not.toMatch(/https?:\/\//);
  }
});
