import { randomBytes } from 'node:crypto';
import { needTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { sluice } from '../../client/support/fake-terminal';
import type { CliRun } from '../../client/support/fake-terminal';
import { openLakeTables } from '../router/lake-tables';
import type { LakeTables } from '../router/lake-tables';
import { openOwnMain } from '../support/own-main';
import type { OwnMain } from '../support/own-main';

jest.setTimeout(120_000);

/** By the command line as people type it, on a main branch of its own: a part of that history is swept. */
describe('history by the command line', () => {
  let main: OwnMain;
  let lake: LakeTables;
  let [t0, t1, t2]: string[] = [];
  const tag = `tag-t${randomBytes(4).toString('hex')}x`;
  const branch = `try-t${randomBytes(4).toString('hex')}x`;

  const run = (...args: string[]): Promise<CliRun> =>
    sluice(args, { env: { ...(process.env as Record<string, string>), SLUICE_HOME: lake.home } });
  const ok = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await run(...args);
    if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}: ${out}${err}`);
    return out;
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await ok(...args, '--json')) as T;
  const table = (name: string): string => `${lake.namespace}.${name}`;
  const rows = (from: number, count: number): string =>
    `select i::bigint as id, timestamptz '2026-01-01 00:00:00Z' + to_days((i // 10)::integer) as at from range(${from}, ${from + count}) r(i)`;

  beforeAll(async () => {
    main = await openOwnMain();
    Object.assign(process.env, main.env);
    lake = await openLakeTables();
    t0 = (await lake.lake.nessie.getRef(lake.lake.mainBranch)).hash;
    await lake.create({
      name: 'events',
      columns: [
        { name: 'id', type: 'long', required: true },
        { name: 'at', type: 'timestamptz', required: true },
      ],
      partition: [{ column: 'at', transform: { kind: 'day' } }],
    });
    t1 = await lake.append({ events: rows(0, 20) });
    t2 = await lake.append({ events: rows(20, 5) });
  });
  afterAll(async () => {
    for (const name of [tag, branch]) {
      const left = await lake.lake.nessie.tryGetRef(name);
      if (left) await lake.lake.nessie.deleteRef(left);
    }
    await lake?.close();
    await main?.drop();
  });

  it('logs the commits of one table, newest first, since a time', async () => {
    const { commits } = await json<{ commits: { hash: string; tables: string[] }[] }>(
      'log',
      '--table',
      table('events'),
    );
    expect(commits.map(({ hash }) => hash).slice(0, 2)).toEqual([t2, t1]);
    expect(commits).toHaveLength(3);
    expect(commits[0]!.tables).toEqual([table('events')]);
    const out = await ok('log', t2!, '--table', table('events'), '--limit', '2', '--since', '-1h');
    expect(out).toContain('2 commits, and there are older ones (--limit)');
  });

  it('diffs two states: files, rows, snapshots, and the files of one table', async () => {
    const { tables } = await json<{ tables: { table: string; change: string; files: object }[] }>('diff', t1!, t2!);
    expect(tables.filter((diff) => diff.table === table('events'))).toMatchObject([
      { change: 'changed', files: { added: { files: 1, rows: 5 }, removed: { files: 0 } } },
    ]);
    const out = await ok('diff', t0!, t2!, '--table', table('events'));
    expect(out).toContain(`+ ${table('events')}, added`);
    expect(out).toContain('files +3 -0, rows +25 -0');
    expect(out).toContain('at_day=2026-01-03');
    const back = await ok('diff', t2!, t1!, '--table', table('events'));
    expect(back).toContain('files +0 -1, rows +0 -5');
  });

  it('lists snapshots, history and files, also of the past', async () => {
    expect(await ok('snapshots', table('events'))).toContain('2 snapshots; * is the current one');
    expect(await ok('snapshots', table('events'), '--at', t1!)).toContain('1 snapshot; * is the current one');
    expect(await ok('history', table('events'))).toContain('2 entries');
    expect(await ok('files', table('events'))).toMatch(/3 data files, 25 rows, .* under s3:/);
    expect(await ok('files', table('events'), '--at', t1!)).toContain('2 data files, 20 rows');
    expect(await ok('files', table('events'), '--partition', 'at_day=2026-01-02')).toContain('1 data file, 10 rows');
    const { snapshots } = await json<{ snapshots: { snapshotId: number }[] }>('snapshots', table('events'));
    const old = String(snapshots[1]!.snapshotId);
    expect(await ok('files', table('events'), '--snapshot', old)).toContain('2 data files, 20 rows');
  });

  it('makes tags and branches at any state, refuses names that are taken or cannot be', async () => {
    await ok('tag', 'create', tag, '--at', t1!);
    expect(await ok('tag')).toContain(tag);
    await ok('branch', 'create', branch, '--at', `${tag}~1`);
    expect(await ok('branch')).toContain(branch);
    expect((await lake.lake.nessie.getRef(tag)).hash).toBe(t1);
    expect(await run('tag', 'create', tag)).toMatchObject({
      code: 1,
      err: expect.stringContaining('[CATALOG_CONFLICT]') as string,
    });
    expect(await run('tag', 'create', branch, '--at', tag)).toMatchObject({ code: 1 });
    expect(await run('tag', 'create', 'abcdef12')).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot name') as string,
    });
    expect(await run('branch', 'create', 'batch.p.1')).toMatchObject({ code: 2 });
    expect(await run('branch', 'create', 'x', '--at', 'no-such')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[REF_NOT_FOUND]') as string,
    });
  });

  it('protects main and branches of work in progress from deletion; a reason stands in the log', async () => {
    expect(await run('branch', 'delete', lake.lake.mainBranch, '--yes', '--force', '--why', 'x')).toMatchObject({
      code: 2,
    });
    const work = `batch.${lake.namespace}.1`;
    const { hash } = await lake.lake.nessie.getRef(lake.lake.mainBranch);
    await lake.lake.nessie.createRef({ name: work, type: 'BRANCH', from: { name: lake.lake.mainBranch, hash } });
    expect(await run('branch', 'delete', work, '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--force') as string,
    });
    expect(await run('branch', 'delete', work, '--yes', '--force')).toMatchObject({ code: 2 });
    expect(await lake.lake.nessie.tryGetRef(work)).toBeDefined();
    await ok('branch', 'delete', work, '--yes', '--force', '--why', 'worker lost', '--by', 'ada');
    expect(await lake.lake.nessie.tryGetRef(work)).toBeUndefined();
    const { commits } = await json<{ commits: object[] }>('log', '--since', '-5m', '--limit', '200');
    expect(commits).toContainEqual(
      expect.objectContaining({
        kind: 'note',
        by: 'ada',
        why: 'worker lost',
        message: `delete branch ${work}: worker lost`,
      }),
    );
    expect(await run('tag', 'delete', branch, '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is a branch') as string,
    });
    expect(await run('tag', 'delete', tag)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') as string });
  });

  it('answers queries at a tag, a short hash, commits back, a time and a duration', async () => {
    const count = async (at: string): Promise<number> => {
      const { rows: found } = await json<{ rows: number[][] }>(
        'query',
        '--local',
        '--at',
        at,
        `select count(*) from ${table('events')}`,
      );
      return found[0]![0]!;
    };
    const { commits } = await json<{ commits: { hash: string; timeMs: number }[] }>('log', '--table', table('events'));
    expect(await count(tag)).toBe(20);
    expect(await count(t1!.slice(0, 12))).toBe(20);
    expect(await count(`${t2!}~1`)).toBe(20);
    expect(await count(`${lake.lake.mainBranch}@${t2!.slice(0, 16)}`)).toBe(25);
    // The very time that the log shows is the state of that commit.
    expect(await count(new Date(commits[1]!.timeMs).toISOString())).toBe(20);
    expect(await count('-1ms')).toBe(25);
  });

  it('says why a state cannot be read: unknown, before the table, ahead, not retained', async () => {
    const query = (at: string): Promise<CliRun> =>
      run('query', '--local', '--at', at, `select count(*) from ${table('events')}`);
    expect(await query('no-such-tag')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[REF_NOT_FOUND]') as string,
    });
    expect(await query('ffffffffffff')).toMatchObject({ err: expect.stringContaining('no commit of ') as string });
    const early = await query(t0!);
    expect(early.err).toContain(
      `${table('events')} is on ${lake.lake.mainBranch} now, but not at ${t0!.slice(0, 12)} [TABLE_NOT_FOUND]`,
    );
    expect(await query('2999-01-01')).toMatchObject({ code: 2, err: expect.stringContaining('lies ahead') as string });
    expect(await query('1999-01-01')).toMatchObject({ err: expect.stringContaining('had no commit at') as string });

    // As the sweep would leave it: the first state's own snapshot list is gone, the newest state keeps what it names.
    const older = await needTable(lake.lake, t1!, { namespace: lake.namespace, name: 'events' });
    const newer = await needTable(lake.lake, t2!, { namespace: lake.namespace, name: 'events' });
    const live = new Set((await planScan(lake.lake, newer)).files.map(({ file }) => file.filePath));
    expect((await planScan(lake.lake, older)).files.every(({ file }) => live.has(file.filePath))).toBe(true);
    await lake.lake.store.delete([older.content.metadataLocation]);
    await lake.lake.nessie.deleteRef(await lake.lake.nessie.getRef(tag));
    const swept = await query(t1!);
    expect(swept.err).toContain('is no longer retained');
    expect(swept.err).toContain('[NOT_RETAINED]');
    expect(swept.err).toContain('Name a newer commit, or a tag');
    expect(await run('files', table('events'), '--at', t1!)).toMatchObject({
      err: expect.stringContaining('[NOT_RETAINED]') as string,
    });
    expect(await ok('diff', t1!, t2!, '--table', table('events'))).toContain('no longer retained');
  });
});
