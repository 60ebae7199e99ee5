import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { openPaneCache, type PaneCache } from '../../../engine/panes/pane-cache';
import { planPanes, type PanePlan } from '../../../engine/panes/plan-panes';
import { embedded } from '../../../engine/user-query';
import { writeTable } from '../../../engine/write-parquet';
import type { RawFile } from '../../../engine/panes/cache-work';
import type { EndRange, FixedWindows, WantedWindows } from '../../../stream/windows';
import { fixedEventsSql } from '../../../engine/windows/fixed-windows-sql';
import { filesRelation } from '../../../engine/read-files';
import { openTestEngine, type TestEngine } from '../support/session';
import { schemaOf, unpartitioned } from '../support/tables';
import { randomFrom, pick } from './support/random-query';

const schema = schemaOf({ ts: 'timestamptz', user: 'long', amount: 'long', note: 'string' });
const QUERY =
  'select user, window_end, count(*) as n, sum(amount) as total, min(amount) as least, max(note) as note from events group by all';

describe('the cache of partial rows', () => {
  let test: TestEngine;
  let plan: PanePlan;
  let cache: PaneCache;
  let files = 0;
  let directory: string;
  beforeAll(async () => {
    test = await openTestEngine();
    plan = await planOf(QUERY);
  });
  beforeEach(() => {
    files += 1;
    directory = path.join(test.directory, `panes-${files}`);
    cache = openPaneCache({ directory, limitBytes: 1e9 });
  });
  afterAll(() => test.close());

  async function planOf(query: string): Promise<PanePlan> {
    const found = await planPanes(test.session, { query, columns: schema.fields, eventTime: 'ts' });
    if ('reason' in found) throw new Error(found.reason);
    return found.plan;
  }

  /** A raw file with rows spread over seconds [from, to), and some before if asked for. */
  async function rawFile(
    from: number,
    to: number,
    { rows = 200, strays = [] as readonly number[] } = {},
  ): Promise<RawFile> {
    files += 1;
    const seconds = `[${strays.join(', ')}]::BIGINT[]`;
    const select = `SELECT make_timestamptz(((${from}::BIGINT * 1000000) + (hash(i + ${files}) % ${(to - from) * 1_000_000})::BIGINT)::BIGINT) AS ts,
      (hash(i * 3 + ${files}) % 5)::BIGINT AS user, (hash(i * 7 + ${files}) % 1000)::BIGINT - 300 AS amount, (hash(i) % 90)::VARCHAR AS note FROM range(${rows}) r(i)
      UNION ALL SELECT make_timestamptz(s * 1000000), 1, s, NULL FROM (SELECT unnest(${seconds}) AS s)`;
    const [file] = await writeTable(test.session, {
      select,
      schema,
      spec: unpartitioned,
      directory: path.join(test.directory, 'raw'),
      namePrefix: `raw-${files}`,
    });
    return { uri: `s3://lake/raw/${files}.parquet`, localPath: file!.localPath };
  }

  interface Case {
    readonly windows: FixedWindows;
    readonly wanted: WantedWindows;
    readonly raw: readonly RawFile[];
    readonly using?: PaneCache;
  }

  /** Rows that the plain query and the panes do not share; the number of windows as a check that there is something to share. */
  async function difference({
    windows,
    wanted,
    raw,
    using = cache,
  }: Case): Promise<{ readonly rows: number; readonly wrong: readonly unknown[] }> {
    const { session } = test;
    const source = filesRelation(
      schema,
      raw.map(({ localPath }) => localPath),
    );
    await session.run(
      `CREATE OR REPLACE TABLE plain AS WITH events AS (SELECT * FROM ${fixedEventsSql({ source, eventTime: 'ts', windows, wanted })}) SELECT * FROM ${embedded(QUERY)}`,
    );
    await session.run(
      `CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT window_start, window_end FROM ${fixedEventsSql({ source, eventTime: 'ts', windows, wanted })}`,
    );
    const partials = await using.partials(session, { plan, schema, eventTime: 'ts', windows, wanted, files: raw });
    if ('reason' in partials) throw new Error(partials.reason);
    try {
      const sql = plan.windowsSql({ partials: partials.relation, ...windows, windows: '(FROM wanted)' });
      await session.run(`CREATE OR REPLACE TABLE panes AS ${sql}`);
    } finally {
      await partials.release();
    }
    const wrong = await session.rows(
      '(FROM plain EXCEPT ALL FROM panes) UNION ALL (FROM panes EXCEPT ALL FROM plain) LIMIT 3',
    );
    const [count] = await session.rows<{ n: bigint }>('SELECT count(*) AS n FROM plain');
    return { rows: Number(count!.n), wrong };
  }

  const closing = (afterMs: number | undefined, untilMs: number): WantedWindows => ({
    closing: { ...(afterMs === undefined ? {} : { afterMs }), untilMs } as EndRange,
    again: [],
  });
  const written = async (): Promise<number> =>
    (await readdir(path.join(directory, 'objects'))).filter((name) => name.endsWith('.parquet')).length;

  it('gives what the query over the rows gives, batch after batch, with disorder, late rows and windows computed again', async () => {
    const windows = { sizeMs: 200_000, slideMs: 1000 };
    const random = randomFrom(7);
    const raw: RawFile[] = [];
    let closed: number | undefined;
    for (let batch = 0; batch < 25; batch += 1) {
      const from = -400 + batch * 23;
      raw.push(
        await rawFile(from - 9, from + 23, { strays: random() < 0.3 ? [from - Math.floor(random() * 250)] : [] }),
      );
      const until = (from + 10 + Math.floor(random() * 5)) * 1000;
      const again = closed === undefined || random() < 0.5 ? [] : [closed - 3000, closed - 150_000, closed - 2000];
      const wanted: WantedWindows = { ...closing(closed, until), again };
      const { rows, wrong } = await difference({ windows, wanted, raw });
      expect({ batch, wrong }).toEqual({ batch, wrong: [] });
      expect(rows).toBeGreaterThan(0);
      closed = until;
    }
  });

  it('makes the partial rows of a file once, and blocks only of what is new', async () => {
    const windows = { sizeMs: 512_000, slideMs: 1000 };
    const raw = [await rawFile(0, 300), await rawFile(300, 600)];
    await difference({ windows, wanted: closing(598_000, 600_000), raw });
    const before = await written();
    expect(before).toBeGreaterThan(3);
    await difference({ windows, wanted: closing(598_000, 600_000), raw });
    expect(await written()).toBe(before);
    raw.push(await rawFile(600, 616));
    await difference({ windows, wanted: closing(600_000, 602_000), raw });
    // The file's own rows, and at most a block or two where the window now begins.
    expect((await written()) - before).toBeLessThanOrEqual(4);
  });

  it('reads a window in few pieces, however many files it has', async () => {
    const windows = { sizeMs: 512_000, slideMs: 1000 };
    const raw: RawFile[] = [];
    for (let second = 0; second < 520; second += 4) raw.push(await rawFile(second, second + 4, { rows: 10 }));
    const found = await cache.partials(test.session, {
      plan,
      schema,
      eventTime: 'ts',
      windows,
      wanted: closing(517_000, 518_000),
      files: raw,
    });
    if ('reason' in found) throw new Error(found.reason);
    expect(found.relation.match(/\.parquet/g)!.length).toBeLessThan(40);
    await found.release();
    expect((await difference({ windows, wanted: closing(517_000, 518_000), raw })).wrong).toEqual([]);
  });

  it('works from the beginning of time and after a long pause: many windows at once', async () => {
    const windows = { sizeMs: 60_000, slideMs: 1000 };
    const raw = [await rawFile(-50, 200), await rawFile(100, 300, { strays: [-1_000_000] })];
    const wanted = closing(undefined, 250_000);
    expect((await difference({ windows, wanted, raw })).wrong).toEqual([]);
    expect((await difference({ windows, wanted: closing(10_000, 250_000), raw })).wrong).toEqual([]);
  });

  it('makes again what was evicted, with several caches on one directory', async () => {
    const windows = { sizeMs: 64_000, slideMs: 1000 };
    const caches = [1, 2, 3].map(() => openPaneCache({ directory, limitBytes: 1e9 }));
    const random = randomFrom(3);
    const raw = [await rawFile(0, 40), await rawFile(30, 90), await rawFile(80, 140)];
    for (let round = 0; round < 12; round += 1) {
      const until = 100_000 + round * 1000;
      const wanted = closing(until - 2000, until);
      expect((await difference({ windows, wanted, raw, using: pick(random, caches) })).wrong).toEqual([]);
      // As another process would, when the directory is full.
      const objects = path.join(directory, 'objects');
      for (const name of await readdir(objects)) if (random() < 0.4) await rm(path.join(objects, name));
    }
  });

  it('says so when an expression fails on a row', async () => {
    const casting = await planOf('select window_end, sum(cast(note as integer)) as n from events group by all');
    const [file] = await writeTable(test.session, {
      select: `SELECT make_timestamptz(5000000) AS ts, 1::BIGINT AS user, 2::BIGINT AS amount, 'word' AS note`,
      schema,
      spec: unpartitioned,
      directory: path.join(test.directory, 'raw'),
      namePrefix: 'casting',
    });
    const windows = { sizeMs: 10_000, slideMs: 1000 };
    const files = [{ uri: 's3://lake/raw/casting.parquet', localPath: file!.localPath }];
    const input = { plan: casting, schema, eventTime: 'ts', windows, wanted: closing(undefined, 20_000), files };
    expect(await cache.partials(test.session, input)).toEqual({ reason: expect.stringContaining('word') });
  });

  it('leaves windows with about as many groups as events to the rows', async () => {
    const perNote = await planOf('select window_end, user, ts, count(*) as n from events group by all');
    const windows = { sizeMs: 60_000, slideMs: 1000 };
    const files = [await rawFile(0, 60, { rows: 12_000 })];
    const input = { schema, eventTime: 'ts', windows, wanted: closing(undefined, 60_000), files };
    expect(await cache.partials(test.session, { ...input, plan: perNote })).toEqual({
      reason: 'a window holds 12000 groups of 12000 events, so its partial rows are hardly fewer',
    });
    const perUser = await cache.partials(test.session, { ...input, plan });
    expect(perUser).toHaveProperty('relation');
    if ('relation' in perUser) await perUser.release();
  });

  it('has no rows where there are no files', async () => {
    const windows = { sizeMs: 10_000, slideMs: 1000 };
    const found = await cache.partials(test.session, {
      plan,
      schema,
      eventTime: 'ts',
      windows,
      wanted: closing(0, 20_000),
      files: [],
    });
    if ('reason' in found) throw new Error(found.reason);
    expect(await test.session.rows(`FROM ${found.relation}`)).toEqual([]);
    await found.release();
  });
});
