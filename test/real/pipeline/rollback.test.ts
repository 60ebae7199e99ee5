import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { verifyPipelines } from '../../../client/verify/verify';
import { formatTableName, siblingTable } from '../../../base/table-name';
import { sluice } from '../../client/support/fake-terminal';
import type { CliRun } from '../../client/support/fake-terminal';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { openOwnMain } from '../support/own-main';
import type { OwnMain } from '../support/own-main';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(240_000);

const START = Date.UTC(2026, 0, 1, 12);
const ROUND = 1500;

const runCli = (main: OwnMain, { config }: Lakehouse, args: readonly string[]): Promise<CliRun> =>
  sluice(args, {
    env: {
      ...(process.env as Record<string, string>),
      ...main.env,
      SLUICE_HOME: config.home,
      SLUICE_TASK_QUEUE: config.temporal.taskQueue,
    },
  });

describe('rollback of main', () => {
  let main: OwnMain;
  let house: Lakehouse;
  let worker: WorkerProcess;
  let before: Readonly<Record<string, readonly object[]>>;
  let heads: string[];
  const events = userEvents({
    seed: 11,
    count: 3 * ROUND,
    partitions: 3,
    startMs: START,
    minutes: 20,
    disorderMs: 3000,
  });

  const cli = (...args: string[]): Promise<CliRun> => runCli(main, house, args);
  const head = async (): Promise<string> => (await house.lake.nessie.getRef(house.lake.mainBranch)).hash;

  /** Every row of every table but the ledger's clock. */
  async function rowSets(): Promise<Readonly<Record<string, readonly object[]>>> {
    const { table, windows } = house.pipeline;
    const names = [
      table,
      siblingTable(table, 'rejected'),
      ...windows.flatMap((w) => [w.table, siblingTable(w.table, 'late')]),
    ];
    const sets: Record<string, readonly object[]> = {};
    for (const name of names) {
      const text = formatTableName(name);
      sets[text] = await select(house, text, 'select rows::varchar as row from rows order by 1');
    }
    const ledger = formatTableName(siblingTable(table, 'batches'));
    sets[ledger] = await select(
      house,
      ledger,
      'select topic_id, "partition", min(from_offset) f, max(to_offset) t, sum(rows)::bigint n from rows group by all order by 2',
    );
    return sets;
  }
  const ledgerBatches = async (): Promise<readonly bigint[]> =>
    (
      await select<{ b: bigint }>(
        house,
        formatTableName(siblingTable(house.pipeline.table, 'batches')),
        'select distinct batch as b from rows order by 1',
      )
    ).map(({ b }) => b);
  const verify = () => verifyPipelines({ config: house.config, names: [house.pipeline.name] });

  beforeAll(async () => {
    main = await openOwnMain();
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 3, config: main.config });
    worker = startWorkerProcess(house.config, 'workers/main.ts', main.env);
    await house.start();
    heads = [];
    for (let round = 0; round < 3; round += 1) {
      await house.produce(events.slice(round * ROUND, (round + 1) * ROUND).map(toMessage));
      await house.untilPublished((round + 1) * ROUND);
      heads.push(await head());
    }
  });
  afterAll(async () => {
    await worker?.stop();
    await house?.close();
    await main?.drop();
  });

  it('refuses while an involved pipeline runs, and says how to stop it', async () => {
    const at = await head();
    const { code, err } = await cli('rollback', '--before-batch', `${house.pipeline.name}/2`, '--why', 'test', '--yes');
    expect(code).toBe(1);
    expect(err).toContain('[PIPELINE_STATE]');
    expect(err).toContain(`sluice stop ${house.pipeline.name}`);
    expect(await head()).toBe(at);
  });

  it('says in a dry run what leaves main and what is read again, and changes nothing', async () => {
    await house.stop();
    before = await rowSets();
    const at = await head();
    const { code, out } = await cli('rollback', '--before-batch', `${house.pipeline.name}/2`, '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('are read again on the next start');
    expect(out).toContain('Dry run: nothing was changed.');
    expect(await head()).toBe(at);
  });

  it('takes every table back in one commit, with the progress record, and keeps the reason in the log', async () => {
    const at = await head();
    const { code, out, err } = await cli(
      ...[
        'rollback',
        '--before-batch',
        `${house.pipeline.name}/2`,
        '--why',
        'prices were wrong',
        '--by',
        'ada',
        '--yes',
      ],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Main is back');
    expect(await ledgerBatches()).toEqual([1n]);
    const log = [];
    for await (const entry of house.lake.nessie.log(await head(), { limit: 1 })) log.push(entry);
    expect(log).toMatchObject([
      {
        parentHash: at,
        properties: { 'sluice.by': 'ada', 'sluice.why': 'prices were wrong', 'sluice.rollback-from': at },
      },
    ]);
    expect(await verify()).toMatchObject({ ok: true, pipelines: [{ batches: 1 }] });
  });

  it('reads what left main again, exactly once: the same rows, and verify agrees', async () => {
    await house.start();
    await house.untilPublished(events.length);
    await house.stop();
    expect(await rowSets()).toEqual(before);
    const report = await verify();
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, pipelines: [{ rows: events.length }] });
  });

  it('goes forward again to a state that was taken back', async () => {
    const batches = await ledgerBatches();
    const { code, out } = await cli('rollback', heads[2]!, '--why', 'on second thoughts', '--yes', '--json');
    expect({ code, out: out.slice(0, 200) }).toMatchObject({ code: 0 });
    expect(await rowSets()).toEqual(before);
    expect((await verify()).ok).toBe(true);
    await house.start();
    await house.produce(events.slice(0, 10).map(toMessage));
    await house.untilPublished(events.length + 10);
    await house.stop();
    expect((await verify()).ok).toBe(true);
    expect(batches.length).toBeGreaterThan(1);
  });

  it('takes back the making of tables too, and brings them back with all that was in them', async () => {
    const [at, rows] = [await head(), await rowSets()];
    const count = async (): Promise<number> => (await house.lake.nessie.entries(await head())).length;
    const all = await count();
    expect(await cli('rollback', 'batch:nobody/1', '--dry-run')).toMatchObject({ code: 1 });
    const early = await cli('rollback', `${house.lake.mainBranch}~${(await commits()) - 1}`, '--why', 'x', '--yes');
    expect(early).toMatchObject({ code: 0, err: '' });
    expect(early.out).toContain('leaves main');
    expect(await count()).toBe(0);
    const forward = await cli('rollback', at, '--why', 'x', '--yes');
    expect(forward).toMatchObject({ code: 0, err: '' });
    expect(forward.out).toContain('comes back');
    expect(await count()).toBe(all);
    expect(await rowSets()).toEqual(rows);
    expect((await verify()).ok).toBe(true);
    const again = await cli('rollback', at, '--why', 'x', '--yes');
    expect(again).toMatchObject({ code: 0, out: 'Main holds these very tables: nothing to take back.\n' });
  });

  const commits = async (): Promise<number> => {
    let found = 0;
    for await (const _ of house.lake.nessie.log(await head())) found += 1;
    return found;
  };
});

describe('rollback of one pipeline beside another', () => {
  let main: OwnMain;
  let house: Lakehouse;
  let other: Lakehouse;
  let workers: WorkerProcess[];
  let file: string;
  const events = userEvents({
    seed: 12,
    count: 2 * ROUND,
    partitions: 2,
    startMs: START,
    minutes: 20,
    disorderMs: 3000,
  });

  const cli = (...args: string[]): Promise<CliRun> => runCli(main, house, args);
  const raw = (of: Lakehouse) =>
    select<{ row: string }>(of, formatTableName(of.pipeline.table), 'select rows::varchar as row from rows order by 1');
  const verified = async (of: Lakehouse): Promise<readonly string[]> => {
    const report = await verifyPipelines({ config: of.config, names: [of.pipeline.name] });
    return report.pipelines[0]!.checks.flatMap(({ problems }) => problems.map(({ message }) => message));
  };

  beforeAll(async () => {
    main = await openOwnMain();
    const input = { yaml: USER_EVENTS, partitions: 2, config: main.config };
    [house, other] = [await openLakehouse(input), await openLakehouse(input)];
    workers = [house, other].map(({ config }) => startWorkerProcess(config, 'workers/main.ts', main.env));
    file = path.join(house.config.home, 'pipeline.yaml');
    writeFileSync(file, USER_EVENTS.replaceAll('ID', house.pipeline.source.topic));
    await Promise.all([house.start(), other.start()]);
    for (const round of [0, 1]) {
      for (const one of [house, other]) {
        await one.produce(events.slice(round * ROUND, (round + 1) * ROUND).map(toMessage));
        await one.untilPublished((round + 1) * ROUND);
      }
    }
  });
  afterAll(async () => {
    await Promise.all((workers ?? []).map((worker) => worker.stop()));
    await house?.close();
    await other?.close();
    await main?.drop();
  });

  it('stops it, takes back its tables alone and starts it again, while the other goes on', async () => {
    const [rows, theirs] = [await raw(house), await raw(other)];
    const branch = `batch.${house.pipeline.name}.99`;
    const { nessie, mainBranch } = house.lake;
    const { hash } = await nessie.getRef(mainBranch);
    await nessie.createRef({ name: branch, type: 'BRANCH', from: { name: mainBranch, hash } });
    // The other one publishes all the time: main moves under the rollback.
    let sent = 0;
    let over = false;
    const busy = (async () => {
      while (!over) {
        await other.produce(events.slice(sent, sent + 5).map(toMessage));
        sent += 5;
        await sleep(50);
      }
    })();
    const { code, out, err } = await cli(
      ...['rollback', '--before-batch', `${house.pipeline.name}/2`, '--pipeline', house.pipeline.name],
      ...['--restart', '--tag', `left-${house.pipeline.source.topic}`, '--why', 'test', '--yes'],
    );
    over = true;
    await busy;
    expect({ code, err: err.replaceAll(/^ {2}\S+: .*\n/gm, '') }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Deleted audit branches: ${branch}`);
    expect(out).toContain(`Started again: ${house.pipeline.name}`);
    expect(await nessie.tryGetRef(branch)).toBeUndefined();
    await house.untilPublished(2 * ROUND);
    expect(await raw(house)).toEqual(rows);
    expect(await verified(house)).toEqual([]);
    await other.untilPublished(2 * ROUND + sent);
    const now = new Set((await raw(other)).map(({ row }) => row));
    expect(now.size).toBe(2 * ROUND + sent);
    expect(theirs.every(({ row }) => now.has(row))).toBe(true);
    expect(await verified(other)).toEqual([]);
    // What left main is kept by the tag, and says so in the next plan.
    const tag = await nessie.getRef(`left-${house.pipeline.source.topic}`);
    expect(tag.type).toBe('TAG');
    await nessie.deleteRef(tag);
  });

  it('warns of offsets that Kafka lost and needs them to be given up, here and on the next start', async () => {
    await house.stop();
    const rows = await raw(house);
    const target = (seq: number) => [
      ...['rollback', '--before-batch', `${house.pipeline.name}/${seq}`, '--pipeline', house.pipeline.name],
    ];
    const planned = JSON.parse((await cli(...target(2), '--dry-run', '--json')).out) as {
      outlooks: { partitions: { partition: number; from: number }[] }[];
    };
    const { from } = planned.outlooks[0]!.partitions.find(({ partition }) => partition === 0)!;
    await house.admin.deleteRecords(house.pipeline.source.topic, new Map([[0, BigInt(from + 100)]]));
    const dry = await cli(...target(2), '--dry-run');
    expect(dry.out).toContain('WARNING: 100 offsets leave main and cannot be read again: Kafka has deleted them.');
    const refused = await cli(...target(2), '--why', 'test', '--yes');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('[OFFSETS_EXPIRED]') as string });
    expect(await raw(house)).toEqual(rows);
    expect(await cli(...target(2), '--why', 'test', '--yes', '--accept-gap')).toMatchObject({ code: 0 });
    expect((await raw(house)).length).toBeLessThan(rows.length);
    expect(await cli('start', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('[OFFSETS_EXPIRED]') as string,
    });
    expect(await cli('resume', file, '--accept-gap', '--why', 'test', '--yes')).toMatchObject({ code: 0 });
    await house.untilPublished(2 * ROUND);
    await house.stop();
    expect((await raw(house)).length).toBe(2 * ROUND - 100);
    expect(await verified(house)).toEqual([]);

    // Before the first batch nothing is left to give up: the pipeline begins as a new one does, where the topic begins.
    expect(await cli(...target(1), '--why', 'test', '--yes', '--accept-gap')).toMatchObject({ code: 0 });
    expect(await raw(house)).toEqual([]);
    expect(await cli('start', file)).toMatchObject({ code: 0 });
    await house.untilPublished(2 * ROUND);
    await house.stop();
    expect((await raw(house)).length).toBe(2 * ROUND - from - 100);
    expect(await verified(house)).toEqual([]);
  });
});
