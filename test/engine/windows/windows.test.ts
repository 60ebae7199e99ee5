import { runCheck } from '../../../engine/checks';
import { checkUserQuery } from '../../../engine/user-query';
import { describeQuery } from '../../../engine/windows/describe-query';
import { fixedEventsSql, lateRowsSql, missedWindowsSql } from '../../../engine/windows/fixed-windows-sql';
import { windowQuerySql } from '../../../engine/windows/window-sql';
import { typeText } from '../../../lake/iceberg/schema';
import { openTestEngine, type TestEngine } from '../support/session';

const raw = `(SELECT p AS _partition, o::BIGINT AS _offset, make_timestamptz(0) AS _timestamp, user_id, make_timestamptz(ms * 1000) AS event_time FROM (VALUES
  (0, 0, 1, 0), (0, 1, 1, 59999), (0, 2, 2, 60000), (1, 0, 1, 119999), (1, 1, 3, -1), (1, 2, 3, -60000), (1, 3, 3, -60001), (0, 3, 1, 120000)) t(p, o, user_id, ms))`;
const at = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

describe('windows', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const run = (query: string, fromMs: number | undefined, toMs: number) =>
    test.session.rows(windowQuerySql(query, [{ name: 'events', sql: events(raw, fromMs, toMs) }]));
  const events = (source: string, afterMs: number | undefined, untilMs: number) =>
    fixedEventsSql({
      source,
      eventTime: 'event_time',
      windows: { sizeMs: 60_000, slideMs: 60_000 },
      wanted: { closing: { untilMs, ...(afterMs === undefined ? {} : { afterMs }) }, again: [] },
    });
  const counts = 'select window_start, window_end, count(*) as n from events group by all';

  it('gives each row its window, before 1970 too, and takes only those asked for', async () => {
    expect(await run(counts, undefined, 120_000)).toEqual([
      { window_start: at(-120_000), window_end: at(-60_000), n: 1n },
      { window_start: at(-60_000), window_end: at(0), n: 2n },
      { window_start: at(0), window_end: at(60_000), n: 2n },
      { window_start: at(60_000), window_end: at(120_000), n: 2n },
    ]);
    expect(await run(counts, 0, 60_000)).toEqual([{ window_start: at(0), window_end: at(60_000), n: 2n }]);
  });

  it('takes event times without zone as UTC', async () => {
    const source = "(SELECT TIMESTAMP '1970-01-01 00:01:30' AS event_time)";
    const sql = windowQuerySql(counts, [{ name: 'events', sql: events(source, 60_000, 120_000) }]);
    expect(await test.session.rows(sql)).toEqual([{ window_start: at(60_000), window_end: at(120_000), n: 1n }]);
  });

  it('takes queries with a semicolon, a comment at their end, their own WITH and ORDER BY', async () => {
    for (const query of [
      `${counts};`,
      `${counts} -- why`,
      `with e as (select * from events) ${counts.replace('events', 'e')}`,
      `${counts} order by n desc`,
    ]) {
      expect(await run(query, 0, 120_000)).toHaveLength(2);
    }
  });

  it('lists rows whose window had closed, with their delay', async () => {
    const rows = await test.session.rows(
      `${lateRowsSql({ rows: missedWindowsSql({ source: raw, eventTime: 'event_time', windows: { sizeMs: 60_000, slideMs: 60_000 }, untilMs: 60_000 }), eventTime: 'event_time', watermarkMs: 65_000 })} ORDER BY ALL`,
    );
    expect(
      rows.map(({ _partition, _offset, window_start, window_end, watermark, delay_ms }) => [
        _partition,
        _offset,
        window_start,
        window_end,
        watermark,
        delay_ms,
      ]),
    ).toEqual([
      [0, 0n, at(0), at(60_000), at(65_000), 65_000n],
      [0, 1n, at(0), at(60_000), at(65_000), 5_001n],
      [1, 1n, at(-60_000), at(0), at(65_000), 65_001n],
      [1, 2n, at(-60_000), at(0), at(65_000), 125_000n],
      [1, 3n, at(-120_000), at(-60_000), at(65_000), 125_001n],
    ]);
  });

  const columns = [
    { name: 'user_id', type: 'long' },
    { name: 'event_time', type: 'timestamptz' },
    { name: 'amount', type: 'decimal(18,2)' },
    { name: 'price', type: 'double' },
  ] as const;
  const describeIt = (query: string) =>
    describeQuery(test.session, {
      query,
      streams: [{ name: 'events', columns }],
      lakeTable: async ({ name }) => (name === 'users' ? [{ name: 'user_name', type: 'string' }] : undefined),
      what: 'the window query of db.t',
    });

  it('knows the columns of a query without running it', async () => {
    const found = await describeIt(
      'select user_id, window_end, count(*) as n, sum(amount) as total, avg(price) as mean, sum(user_id) as s, list(user_id) as users from events group by all',
    );
    expect(found.map(({ name, type, required }) => [name, typeText(type), required])).toEqual([
      ['user_id', 'long', false],
      ['window_end', 'timestamptz', false],
      ['n', 'long', false],
      ['total', 'decimal(38,2)', false],
      ['mean', 'double', false],
      ['s', 'decimal(38,0)', false],
      ['users', 'list<long>', false],
    ]);
  });

  it('describes queries that join tables of the lake', async () => {
    const found = await describeIt('select u.user_name, count(*) as n from events, db.users u group by all');
    expect(found.map(({ name, type }) => [name, typeText(type)])).toEqual([
      ['user_name', 'string'],
      ['n', 'long'],
    ]);
    await expect(describeIt('select user_id from events, db.nothing')).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: 'the window query of db.t: it reads db.nothing, which is not in the catalog',
    });
  });

  it('describes queries with their own WITH, and leaves nothing behind', async () => {
    expect(await describeIt('with e as (select * from events) select user_id from e order by 1; ')).toHaveLength(1);
    await expect(test.session.rows('FROM events')).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it.each([
    ['select count(*) from events', /column "count_star\(\)" needs a name of its own/],
    ['select user_id as a, user_id as A from events', /needs a name of its own/],
    ['select interval 1 day as x from events', /INTERVAL has no Iceberg type/],
    ['select nope as x from events', /the window query of db\.t: .*nope/s],
    ['selec 1', /the window query of db\.t: .*syntax error/s],
  ])('%s', async (query, message) => {
    await expect(describeIt(query)).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(message),
      cure: expect.any(String),
    });
  });

  it.each([
    ['select 1; select 2', /SELECT|2 statements/],
    ['drop table x', /expected a SELECT/],
    ["copy events to '/tmp/x'", /expected a SELECT/],
    ["select * from read_csv('/etc/passwd')", /table function read_csv is not allowed/],
    ["select * from '/etc/passwd'", /reads \/etc\/passwd; expected only events/],
    ["select * from events, glob('*')", /glob/],
    ['from events where user_id in (select user_id from "x.parquet")', /reads "x\.parquet"/],
    ['select * from information_schema.tables', /reads information_schema\.tables/],
    ['select * from duckdb_secrets()', /duckdb_secrets/],
    ["select * from query('select 1')", /query/],
    ['select now() as n from events', /now gives another result each time/],
    ['select current_timestamp as n from events', /current_timestamp/],
    ['select random() as n from events', /random/],
    ['select uuid() as n from events', /uuid/],
    ['select * from events using sample 10', /sample/],
    ['describe events', /DESCRIBE/],
    ["select getvariable('x') as n from events", /getvariable/],
  ])('user SQL is refused: %s', async (sql, message) => {
    await expect(checkUserQuery(test.session, { what: 'it', sql, relations: ['events'] })).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    'select * from events',
    'FROM Events',
    'with a as (select 1 as x), b as (select * from a) select * from b, events',
    'select unnest([1, 2]) as x from events',
    'select * from events, range(3) r(i)',
    '(select user_id from events) union all (select 1)',
    'select user_id, row_number() over (partition by user_id order by event_time) as n from events',
    'select list_transform([1], lambda x: x + 1) as l from events',
    'select (select max(event_time) from events) as m',
    'with recursive r as (select 1 as x union all select x + 1 from r where x < 3) select * from r',
  ])('user SQL is taken: %s', async (sql) => {
    await checkUserQuery(test.session, { what: 'it', sql, relations: ['events'] });
  });

  it('a query that leaves out what it must read is refused: a window over no events, a stream for nothing', async () => {
    const ask = (sql: string) =>
      checkUserQuery(test.session, { what: 'it', sql, relations: ['events', 'bids'], mustRead: ['events', 'bids'] });
    await expect(ask('select 1 as x from bids')).rejects.toThrow('it never reads events');
    await expect(ask('select 1 as x from events')).rejects.toThrow('it never reads bids');
    await ask('select 1 as x from Events join bids using (user_id)');
    await expect(ask('drop table events')).rejects.toThrow('it: expected a SELECT');
  });

  it('a check counts the rows that break its rule and shows up to 20 of them, the same ones each time', async () => {
    const batch = "(SELECT i AS user_id, MAP {'k': i} AS m FROM range(-30, 10) r(i))";
    const outcome = await runCheck(test.session, {
      name: 'known users',
      fails: 'select * from batch where user_id <= 0',
      batch,
    });
    expect(outcome.failed).toBe(31);
    expect(outcome.sample).toHaveLength(20);
    expect(JSON.parse(outcome.sample[0]!)).toEqual({ user_id: -30, m: { k: -30 } });
    expect(await runCheck(test.session, { name: 'none', fails: 'select * from batch where false', batch })).toEqual({
      failed: 0,
      sample: [],
    });
    await expect(
      runCheck(test.session, { name: 'wrong', fails: 'select nope from batch', batch }),
    ).rejects.toMatchObject({ code: 'QUERY_FAILED', message: expect.stringMatching(/^check "wrong": .*nope/s) });
  });
});
