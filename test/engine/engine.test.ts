import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTestEngine, type TestEngine } from './support/session';

describe('engine', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine({ memoryLimit: '100MB' });
  });
  afterAll(() => test.close());

  it('gives values without loss', async () => {
    const [row] = await test.session
      .rows(`SELECT 1 AS i, 9223372036854775807 AS b, 12.30::DECIMAL(9,2) AS m, 170141183460469231731687303715884105727::HUGEINT AS h, NULL AS n, 'ab'::BLOB AS bytes, MAP {'a': 1} AS map,
      [1, NULL] AS list, {'x': DATE '2026-01-31'} AS st, TIMESTAMPTZ '2026-01-31 12:00:00.123456+02' AS tz, TIMESTAMP '2026-01-31 12:00:00' AS ts, INTERVAL 1 DAY AS iv, 1.5::DOUBLE AS d, true AS ok, 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID AS u`);
    expect(row).toEqual({
      i: 1,
      b: 9223372036854775807n,
      m: '12.30',
      h: 170141183460469231731687303715884105727n,
      n: null,
      bytes: Buffer.from('ab'),
      map: [['a', 1]],
      list: [1, null],
      st: { x: '2026-01-31' },
      tz: '2026-01-31T10:00:00.123456Z',
      ts: '2026-01-31T12:00:00',
      iv: '1 day',
      d: 1.5,
      ok: true,
      u: 'f79c3e09-677c-4bbd-a479-3f349cb785e7',
    });
  });

  it('gives large results in batches', async () => {
    let rows = 0n;
    for await (const batch of test.session.batches<{ i: bigint }>('SELECT i FROM range(10000) r(i)'))
      for (const { i } of batch) expect(i).toBe(rows++);
    expect(rows).toBe(10_000n);
  });

  it('reads times without zone as UTC, wherever the process runs', async () => {
    expect(await test.session.rows(`SELECT epoch_ms('2026-01-31 12:00:00'::TIMESTAMPTZ) AS ms`)).toEqual([
      { ms: BigInt(Date.parse('2026-01-31T12:00:00Z')) },
    ]);
  });

  it('says what DuckDB said', async () => {
    await expect(test.session.run('SELECT * FROM nowhere')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('nowhere'),
      context: { sql: 'SELECT * FROM nowhere' },
    });
  });

  it('interrupts a statement when its signal says so, and goes on after it', async () => {
    const controller = new AbortController();
    const running = test.session.rows('SELECT count(*) AS n FROM range(100000000000) a(i) WHERE hash(i) = 1', {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('no longer wanted')), 50);
    await expect(running).rejects.toThrow('no longer wanted');
    expect(await test.session.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('spills what does not fit into memory', async () => {
    const [row] = await test.session.rows<{ n: bigint }>(
      `SELECT count(*) AS n FROM (SELECT i, repeat(hash(i)::VARCHAR, 10) AS s FROM range(1000000) r(i) ORDER BY s) t WHERE s IS NOT NULL`,
    );
    expect(row!.n).toBe(1_000_000n);
  });

  it('keeps sessions apart: temporary tables are seen by their own only', async () => {
    const other = await test.engine.session();
    await test.session.run('CREATE TEMP TABLE mine AS SELECT 1 AS x');
    await expect(other.rows('FROM mine')).rejects.toMatchObject({ code: 'INTERNAL' });
    other.close();
  });

  it('with directories given, reads and writes nothing outside them and changes no setting', async () => {
    const outside = path.join(tmpdir(), `sluice-outside-${process.pid}.csv`);
    await writeFile(outside, 'a\n1\n');
    for (const sql of [
      `FROM read_csv('${outside}')`,
      `FROM '${outside}'`,
      `COPY (SELECT 1) TO '${outside}'`,
      `ATTACH '${outside}.db'`,
      `FROM glob('/etc/*')`,
      `SELECT * FROM read_text('/etc/hostname')`,
      `SET enable_external_access = true`,
      `SET allowed_directories = ['/']`,
      `SET memory_limit = '10GB'`,
      'INSTALL httpfs',
      `FROM read_parquet('http://127.0.0.1:1/x.parquet')`,
    ]) {
      await expect(test.session.run(sql)).rejects.toMatchObject({ code: 'INTERNAL' });
    }
    await test.session.run(`COPY (SELECT 1 AS a) TO '${path.join(test.directory, 'inside.csv')}'`);
    expect(await test.session.rows(`FROM read_csv('${path.join(test.directory, 'inside.csv')}')`)).toEqual([{ a: 1n }]);
  });
});
