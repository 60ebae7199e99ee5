import { lineitemSchema, lineitemSql } from '../../../bench/compaction/lineitem-sql';
import { rawEventsSql, rawSchema } from '../../../bench/compaction/raw-events-sql';
import { openTestEngine, type TestEngine } from '../../engine/support/session';

let test_: TestEngine;
beforeAll(async () => {
  test_ = await openTestEngine();
});
afterAll(() => test_.close());

const rows = (sql: string): Promise<Record<string, unknown>[]> => test_.session.rows(sql);

test('equal seeds give equal rows, whatever they are cut into; other seeds give others', async () => {
  for (const sql of [lineitemSql, rawEventsSql]) {
    const whole = await rows(`SELECT hash(t) AS h FROM (${sql(0, 4000, 1)}) t ORDER BY h`);
    const parts = `(${sql(0, 1500, 1)}) UNION ALL (${sql(1500, 4000, 1)})`;
    expect(await rows(`SELECT hash(t) AS h FROM (${parts}) t ORDER BY h`)).toEqual(whole);
    expect(await rows(`SELECT hash(t) AS h FROM (${sql(0, 4000, 2)}) t ORDER BY h`)).not.toEqual(whole);
  }
});

test('lineitem has the columns, ranges and relations of the specification', async () => {
  const sql = lineitemSql(0, 40_000, 1);
  const described = await rows(`DESCRIBE ${sql}`);
  expect(described.map((column) => column['column_name'])).toEqual(lineitemSchema.fields.map(({ name }) => name));
  const [facts] = await rows(`SELECT
    bool_and(l_quantity BETWEEN 1 AND 50 AND l_discount BETWEEN 0 AND 0.10 AND l_tax BETWEEN 0 AND 0.08) AS numbers,
    bool_and(l_receiptdate - l_shipdate BETWEEN 1 AND 30 AND l_shipdate BETWEEN DATE '1992-01-02' AND DATE '1998-12-01') AS dates,
    bool_and((l_linestatus = 'O') = (l_shipdate > DATE '1995-06-17') AND (l_returnflag = 'N') = (l_receiptdate > DATE '1995-06-17')) AS flags,
    bool_and(length(l_comment) BETWEEN 10 AND 43) AS comments,
    count(DISTINCT l_shipmode) AS modes, count(DISTINCT l_discount) AS discounts, count(DISTINCT l_orderkey) AS orders,
    count(DISTINCT l_comment) > 39000 AS distinct_comments, bool_and(l_orderkey % 32 < 8) AS sparse
    FROM (${sql})`);
  expect(facts).toEqual({
    numbers: true,
    dates: true,
    flags: true,
    comments: true,
    modes: 7n,
    discounts: 11n,
    orders: 10_000n,
    distinct_comments: true,
    sparse: true,
  });
});

test('raw events are of one day, their offsets without gaps by partition', async () => {
  const sql = rawEventsSql(0, 24_400, 1);
  const described = await rows(`DESCRIBE ${sql}`);
  expect(described.map((column) => column['column_name'])).toEqual(rawSchema.fields.map(({ name }) => name));
  const [facts] = await rows(
    `SELECT count(DISTINCT (_partition, _offset)) AS offsets, max(_offset) AS last, count(DISTINCT event_time::DATE) AS days FROM (${sql})`,
  );
  expect(facts).toEqual({ offsets: 24_400n, last: 6099n, days: 1n });
  const [last] = await rows(`SELECT max(event_time) AS at FROM (${rawEventsSql(200 * 122_000 - 1, 200 * 122_000, 1)})`);
  expect(String(last!['at'])).toMatch(/^2026-01-01/);
});
