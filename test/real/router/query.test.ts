import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceError } from '../../../base/errors';
import { openQueryDeps, type OpenedQueryDeps } from '../../../router/deps';
import { runQuery, type QueryInput, type QueryResult } from '../../../router/query';
import { rowObjects } from '../../../router/result-text';
import { openSandbox } from '../../../router/sandbox';
import { openLakeTables, type LakeTables } from './lake-tables';

let tables: LakeTables;
let opened: OpenedQueryDeps;
let t: string;
const hashes: string[] = [];
const times: string[] = [];

beforeAll(async () => {
  tables = await openLakeTables();
  opened = openQueryDeps(tables.config);
  t = tables.namespace;
  await tables.create({
    name: 'events',
    columns: [
      { name: 'id', type: 'long', required: true },
      { name: 'seen', type: 'timestamptz', required: true },
      { name: 'kind', type: 'string', required: false },
      { name: 'amount', type: 'decimal(18,2)', required: false },
      {
        name: 'tags',
        type: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: 'string' },
        required: false,
      },
    ],
    partition: [{ column: 'seen', transform: { kind: 'day' } }],
  });
  await tables.create({ name: 'counts', columns: [{ name: 'n', type: 'long', required: true }] });
  await tables.create({
    name: 'nothing',
    columns: [
      { name: 'a', type: 'int', required: false },
      { name: 'b', type: 'binary', required: false },
    ],
  });
  // Three commits, each a day of 100 events and the new total in the other table.
  for (const batch of [0, 1, 2]) {
    hashes.push(
      await tables.append({
        events: `select ${batch * 100} + i as id, timestamptz '2026-01-0${batch + 1} 00:00:00+00' + i * interval '1 minute' as seen,
                 'k' || i % 3 as kind, i / 100 as amount, map {'i': i::varchar} as tags from range(100) r(i)`,
        counts: `select ${(batch + 1) * 100} as n`,
      }),
    );
    await sleep(20);
    times.push(new Date().toISOString());
    await sleep(20);
  }
});
afterAll(async () => {
  await opened.close();
  await tables.close();
});

const query = (sql: string, input: Omit<QueryInput, 'sql'> = {}): Promise<QueryResult> =>
  runQuery(opened.deps, { sql: sql.replaceAll('$.', `${t}.`), ...input });
const rows = async (sql: string, input: Omit<QueryInput, 'sql'> = {}) => (await query(sql, input)).rows;
const failure = (sql: string, input: Omit<QueryInput, 'sql'> = {}): Promise<SluiceError> =>
  query(sql, input).then(
    () => {
      throw new Error(`passed: ${sql}`);
    },
    (error: SluiceError) => error,
  );

describe('where and when', () => {
  it('reads main by default, a tag, a branch, a hash, name@hash and a time', async () => {
    const tag = await tables.mark('TAG', hashes[0]);
    const branch = await tables.mark('BRANCH', hashes[1]);
    const count = async (ref?: string) =>
      (await rows('select count(*) from $.events', ref === undefined ? {} : { ref }))[0]![0];
    expect(await count()).toBe(300n);
    expect(await count('main')).toBe(300n);
    expect(await count(tag)).toBe(100n);
    expect(await count(branch)).toBe(200n);
    expect(await count(hashes[0])).toBe(100n);
    expect(await count(`main@${hashes[1]}`)).toBe(200n);
    expect(await count(times[0])).toBe(100n);
    expect(await count(times[1])).toBe(200n);
  });

  it('says what it read', async () => {
    const result = await query('select count(*) as c from $.events', { ref: hashes[1]! });
    expect(result).toMatchObject({
      columns: [{ name: 'c', type: 'BIGINT' }],
      rowCount: 1,
      truncated: false,
      ref: { name: null, hash: hashes[1] },
      tables: [{ name: `${t}.events`, filesRead: 2, filesPruned: 0, snapshotId: expect.any(BigInt) }],
    });
    expect(result.elapsedMs).toBeGreaterThan(0);
    expect((await query('select 1', { ref: 'main' })).ref.name).toBe('main');
  });

  it('a branch has rows that main has not', async () => {
    const branch = await tables.mark('BRANCH', hashes[2]);
    await tables.append({ counts: 'select 12345 as n' }, branch);
    expect(await rows('select max(n) from $.counts', { ref: branch })).toEqual([[12345n]]);
    expect(await rows('select max(n) from $.counts')).toEqual([[300n]]);
  });

  it('unknown refs and tables are named', async () => {
    expect(await failure('select 1', { ref: `no-${t}` })).toMatchObject({ code: 'REF_NOT_FOUND' });
    expect(await failure('select 1', { ref: 'deadbeefdeadbeef' })).toMatchObject({ code: 'REF_NOT_FOUND' });
    expect(await failure('select 1', { ref: '1999-01-01T00:00:00Z' })).toMatchObject({ code: 'REF_NOT_FOUND' });
    expect(await failure('from $.event')).toMatchObject({ code: 'TABLE_NOT_FOUND', cure: `Did you mean ${t}.events?` });
  });

  it('finds names in any case, as SQL does', async () => {
    expect(await rows(`select count(*) from ${t.toUpperCase()}."EVENTS" e where E.ID < 10`)).toEqual([[10n]]);
  });

  it('queries at different refs at the same time do not meet', async () => {
    const counts = await Promise.all(
      [0, 1, 2, 0, 1, 2].map((index) =>
        rows('select count(*), (select max(n) from $.counts) from $.events', { ref: hashes[index]! }),
      ),
    );
    expect(counts).toEqual([100n, 200n, 300n, 100n, 200n, 300n].map((n) => [[n, n]]));
  });
});

it('two tables are always read at one hash while commits go on', async () => {
  const own = await openLakeTables();
  try {
    await own.create({ name: 'a', columns: [{ name: 'v', type: 'long', required: true }] });
    await own.create({ name: 'b', columns: [{ name: 'v', type: 'long', required: true }] });
    await own.append({ a: 'select 0 as v', b: 'select 0 as v' });
    let done = false;
    const writer = (async () => {
      for (let v = 1; v <= 12; v += 1) await own.append({ a: `select ${v} as v`, b: `select ${v} as v` });
      done = true;
    })();
    const seen = new Set<unknown>();
    while (!done) {
      const [[a, b]] = (await rows(
        `select (select max(v) from ${own.namespace}.a), (select max(v) from ${own.namespace}.b)`,
      )) as unknown as [[bigint, bigint]];
      expect(a).toBe(b);
      seen.add(a);
    }
    await writer;
    expect(seen.size).toBeGreaterThan(1);
  } finally {
    await own.close();
  }
});

describe('values', () => {
  it('come out as they went in', async () => {
    expect(await rows('select * from $.events where id = 101')).toEqual([
      [101n, '2026-01-02T00:01:00Z', 'k1', '0.01', [['i', '1']]],
    ]);
    expect(rowObjects(await query('select id, id, amount from $.events where id = 7'))).toEqual([
      { id: 7n, id_1: 7n, amount: '0.07' },
    ]);
  });

  it('an empty table has its columns', async () => {
    const result = await query('select * from $.nothing');
    expect(result).toMatchObject({
      columns: [
        { name: 'a', type: 'INTEGER' },
        { name: 'b', type: 'BLOB' },
      ],
      rows: [],
      tables: [{ snapshotId: null, filesRead: 0 }],
    });
    expect(await rows('select count(*) from $.nothing n right join $.counts c on n.a = c.n')).toEqual([[3n]]);
  });
});

describe('statements that are not SELECT', () => {
  it('SHOW TABLES, at the ref', async () => {
    expect(await rows(`show tables from ${t}`)).toEqual([
      [t, 'counts'],
      [t, 'events'],
      [t, 'nothing'],
    ]);
    expect((await rows('show schemas')).flat()).toContain(t);
    expect(await rows('show tables from no_such_namespace')).toEqual([]);
  });

  it('information_schema', async () => {
    expect(
      await rows(`select table_name from information_schema.tables where table_schema = '${t}' order by 1`),
    ).toEqual([['counts'], ['events'], ['nothing']]);
    expect(
      await rows(
        `select e.column_name, count(*) over () from information_schema.columns e, $.counts where table_schema = '${t}' and table_name = 'nothing' and n = 100 order by 1`,
      ),
    ).toEqual([
      ['a', 2n],
      ['b', 2n],
    ]);
  });

  it('DESCRIBE, SUMMARIZE, VALUES, EXPLAIN', async () => {
    expect((await rows('describe $.counts'))[0]!.slice(0, 2)).toEqual(['n', 'BIGINT']);
    expect((await rows('summarize $.counts'))[0]!.slice(0, 4)).toEqual(['n', 'BIGINT', '100', '300']);
    expect(await rows('values (1, 2)')).toEqual([[1, 2]]);
    const plan = (await rows('explain analyze select count(*) from $.events where id > 5'))[0]![1] as string;
    expect(plan).toContain('EXPLAIN_ANALYZE');
    expect(plan).not.toMatch(/parquet,|\/tmp|leases|Filename/);
  });
});

describe('pruning', () => {
  it('leaves out the files of other days and keeps every row', async () => {
    const day = await query("select count(*) from $.events where seen >= '2026-01-02' and seen < '2026-01-03'");
    expect(day).toMatchObject({ rows: [[100n]], tables: [{ filesRead: 1, filesPruned: 2 }] });
    expect(await query('select count(*) from $.events where id = 250')).toMatchObject({
      rows: [[1n]],
      tables: [{ filesRead: 1, filesPruned: 2 }],
    });
    expect(await query('select count(*) from $.events where id > 1000')).toMatchObject({
      rows: [[0n]],
      tables: [{ filesRead: 0 }],
    });
  });

  it('never changes a result', async () => {
    const bounds = [
      "'2025-12-31'",
      "timestamp '2026-01-01 23:59'",
      "date '2026-01-02'",
      "timestamptz '2026-01-03 00:50:00+00'",
      "'2026-01-02'::timestamptz + interval 30 minute",
    ];
    const conditions = [
      ...bounds.flatMap((bound) => ['<', '<=', '>', '>=', '='].map((op) => `seen ${op} ${bound}`)),
      ...['<', '<=', '>', '>=', '='].flatMap((op) =>
        ['99', '100', '99.5', '200.4', "'150'"].map((value) => `id ${op} ${value}`),
      ),
      "seen between '2026-01-02' and '2026-01-02 01:00'",
      'id in (5, 250)',
      "kind = 'k1' and id < 120",
      "kind > 'k1'",
      '150 >= id',
    ];
    // The sub-select hides the column from pruning, and only from pruning.
    for (const condition of conditions) {
      const [pruned, whole] = [
        await rows(`select count(*), sum(id) from $.events where ${condition}`),
        await rows(`select count(*), sum(id) from (select * from $.events) where ${condition}`),
      ];
      expect([condition, pruned]).toEqual([condition, whole]);
    }
  });
});

describe('nothing but the tables', () => {
  it('a file beside the cache cannot be read by any name', async () => {
    const secret = path.join(tables.home, 'secret.csv');
    await writeFile(secret, 'a\n1\n');
    for (const sql of [
      `from '${secret}'`,
      `from "${secret}"`,
      `from read_csv('${secret}')`,
      `from glob('${tables.home}/*')`,
      `select content from read_text('${secret}')`,
    ]) {
      expect(['QUERY_REFUSED', 'TABLE_NOT_FOUND']).toContain((await failure(sql)).code);
    }
  });

  it('DuckDB itself refuses files, network, settings and extensions once sealed, should a statement ever pass the first check', async () => {
    const sandbox = await openSandbox(opened.deps.limits, path.join(tables.home, 'spill'));
    const signal = new AbortController().signal;
    const secret = path.join(tables.home, 'secret.csv');
    await writeFile(secret, 'a\n1\n');
    try {
      await sandbox.seal({ files: [], definitions: [] });
      for (const sql of [
        `from read_csv('${secret}')`,
        `from read_text('${secret}')`,
        `from glob('${tables.home}/*')`,
        `from '${secret}'`,
        `copy (select 1) to '${tables.home}/out.csv'`,
        `export database '${tables.home}/out'`,
        `attach '${tables.home}/x.db' as x`,
        'install httpfs',
        'load httpfs',
        "from read_csv('http://127.0.0.1:9000/x')",
        "set memory_limit = '10GB'",
        'set enable_external_access = true',
        'set threads = 8',
        "set temp_directory = '/tmp'",
        'reset enable_external_access',
        "set allowed_paths = ['/etc/passwd']",
        "select getenv('HOME')",
        "create persistent secret s (type http, bearer_token 'x')",
      ]) {
        await expect(sandbox.start(sql, signal).then((result) => result.getRows())).rejects.toMatchObject({
          code: expect.stringMatching(/QUERY_FAILED|INTERNAL/),
        });
      }
    } finally {
      await sandbox.close();
    }
  });

  it('writing statements are refused and change nothing', async () => {
    for (const sql of [
      'insert into $.counts values (1)',
      'delete from $.counts',
      'drop table $.counts',
      'create table $.x (a int)',
      'update $.counts set n = 0',
    ]) {
      expect(await failure(sql)).toMatchObject({ code: 'QUERY_REFUSED' });
    }
    expect(await rows('select count(*) from $.counts')).toEqual([[3n]]);
  });
});

describe('limits', () => {
  const forever = 'select count(*) from range(1000000000) a, range(1000) b where hash(a.range + b.range) = 1';

  it('rows', async () => {
    expect(await query('select id from $.events order by id', { maxRows: 3 })).toMatchObject({
      rows: [[0n], [1n], [2n]],
      rowCount: 3,
      truncated: true,
      truncatedBy: 'rows',
    });
    expect(await query('select id from $.events', { maxRows: 300 })).toMatchObject({ rowCount: 300, truncated: false });
    expect(await query('select id from $.events', { maxRows: 0 })).toMatchObject({ rowCount: 0, truncated: true });
    expect(await query('from range(20000)')).toMatchObject({ rowCount: 10_000, truncated: true });
    expect(await query('from range(1000000000000)', { maxRows: 5 })).toMatchObject({ rowCount: 5, truncated: true });
  });

  it('bytes', async () => {
    const small = { ...opened.deps, limits: { ...opened.deps.limits, maxResultBytes: 10_000 } };
    const result = await runQuery(small, { sql: "select repeat('x', 1000) from range(100)" });
    expect(result).toMatchObject({ truncated: true, truncatedBy: 'bytes', rowCount: 9 });
    expect(await failure('select 1'.padEnd(200_000))).toMatchObject({ code: 'QUERY_REFUSED' });
    const narrow = { ...opened.deps, limits: { ...opened.deps.limits, maxScanBytes: 10 } };
    await expect(runQuery(narrow, { sql: `from ${t}.events` })).rejects.toMatchObject({
      code: 'QUERY_REFUSED',
      message: expect.stringContaining('the router takes 10'),
    });
  });

  it('time', async () => {
    const startedMs = Date.now();
    expect(await failure(forever, { timeoutMs: 300 })).toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect(Date.now() - startedMs).toBeLessThan(2_000);
  });

  it('the client going away', async () => {
    const client = new AbortController();
    setTimeout(() => client.abort(), 200);
    expect(await failure(forever, { signal: client.signal })).toMatchObject({ code: 'QUERY_CANCELLED' });
    expect(opened.deps.gate.running).toBe(0);
  });

  it('memory: what fits on disk spills, what does not fails alone', async () => {
    const tight = { ...opened.deps, limits: { ...opened.deps.limits, memoryLimit: '60MB', threads: 1 } };
    const sorted = await runQuery(tight, {
      sql: "select max(r) from (select i, row_number() over (order by hash(i)) r, repeat('x', 100) from range(1000000) t(i))",
    });
    expect(sorted.rows).toEqual([[1_000_000n]]);
    await expect(
      runQuery(tight, { sql: "select list(repeat('x', 100) || i) from range(3000000) t(i)" }),
    ).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(/^Out of Memory Error[^\n]*$/),
    });
  });

  it('queries at a time: others wait, then they are refused', async () => {
    const gated = openQueryDeps(tables.config, { concurrent: 1, waiting: 1 });
    const client = new AbortController();
    const running = runQuery(gated.deps, { sql: forever, signal: client.signal }).catch(
      (error: SluiceError) => error.code,
    );
    const waiting = runQuery(gated.deps, { sql: 'select 7' });
    await expect(runQuery(gated.deps, { sql: 'select 8' })).rejects.toMatchObject({ code: 'ROUTER_BUSY' });
    client.abort();
    expect(await running).toBe('QUERY_CANCELLED');
    expect((await waiting).rows).toEqual([[7]]);
    await gated.close();
  });
});

describe('errors', () => {
  it('of SQL have the place', async () => {
    expect(await failure('select foo\nfrom $.events')).toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(/"foo" not found[\s\S]*LINE 1/),
    });
    expect(await failure("select 'x'::int from $.events")).toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('Conversion Error'),
    });
    expect(await failure('select cast(kind as int) from $.events')).toMatchObject({ code: 'QUERY_FAILED' });
  });

  it('of servers name the server', async () => {
    const noCatalog = openQueryDeps({
      ...tables.config,
      nessie: { ...tables.config.nessie, uri: 'http://127.0.0.1:1' },
    });
    await expect(runQuery(noCatalog.deps, { sql: 'select 1' })).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
    const noStore = openQueryDeps({
      ...tables.config,
      home: path.join(tables.home, 'other'),
      s3: { ...tables.config.s3, endpoint: 'http://127.0.0.1:1' },
    });
    await expect(runQuery(noStore.deps, { sql: `from ${t}.events` })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    const wrongKey = openQueryDeps({
      ...tables.config,
      home: path.join(tables.home, 'other'),
      s3: { ...tables.config.s3, secretAccessKey: 'wrong' },
    });
    await expect(runQuery(wrongKey.deps, { sql: `from ${t}.events` })).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await Promise.all([noCatalog.close(), noStore.close(), wrongKey.close()]);
  });
});

it('leaves nothing behind', async () => {
  expect((await readdir(path.join(tables.home, 'spill'))).filter((name) => name.startsWith('query-'))).toEqual([]);
  expect(await readdir(path.join(tables.home, 'cache', 'leases'))).toEqual([]);
});
