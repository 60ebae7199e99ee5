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

  const cli = (...args: string[]): Promise<CliRun> =>
    sluice(args, {
      env: {
        ...(process.env as Record<string, string>),
        ...main.env,
        SLUICE_HOME: house.config.home,
        SLUICE_TASK_QUEUE: house.config.temporal.taskQueue,
      },
    });
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
});
