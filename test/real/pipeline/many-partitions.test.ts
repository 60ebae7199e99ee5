import { verifyPipelines } from '../../../client/verify/verify';
import { loadTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { seeded } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(600_000);

const EVENTS = 8_000;
const BATCH = 4_000;
const DAYS = 400;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 0, 1);
const PARTITIONS = 4;

describe('a backlog whose every batch touches 400 day-partitions', () => {
  let house: Lakehouse;
  const seed = 17;

  beforeAll(async () => {
    const yaml = USER_EVENTS.replace('max_events: 20000', `max_events: ${BATCH}`);
    house = await openLakehouse({ yaml, partitions: PARTITIONS });
    const random = seeded(seed);
    const messages = Array.from({ length: EVENTS }, (_, index) => {
      // Every stretch of 400 events has one on each day.
      const timeMs = START_MS + (index % DAYS) * DAY_MS + Math.floor(random() * DAY_MS);
      const body = {
        user_id: index % 100,
        timestamp: new Date(timeMs).toISOString(),
        event_type: 'view',
        properties: { n: `${index}` },
      };
      return { partition: index % PARTITIONS, value: JSON.stringify(body), timestampMs: timeMs };
    });
    await house.produce(messages);
    const worker = startWorkerProcess(house.config);
    await house.start();
    await house.untilPublished(EVENTS, 500_000);
    await house.stop();
    await worker.stop();
  });
  afterAll(() => house.close());

  it(`is worked off with every event there once (seed ${seed})`, async () => {
    const report = (await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).pipelines[0]!;
    expect(report.checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect(report).toMatchObject({ ok: true, rows: EVENTS, rejected: 0, batches: EVENTS / BATCH });
    const raw = `${house.pipeline.table.namespace}.${house.pipeline.table.name}`;
    const [row] = await select<{ rows: bigint; days: bigint; values: bigint }>(
      house,
      raw,
      `select count(*) as rows, count(distinct event_time::date) as days, count(distinct properties['n']) as values from rows`,
    );
    expect(row).toEqual({ rows: BigInt(EVENTS), days: BigInt(DAYS), values: BigInt(EVENTS) });
  });

  it('has one raw file per day and batch', async () => {
    const { lake, pipeline } = house;
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const { files } = await planScan(lake, (await loadTable(lake, hash, pipeline.table))!);
    expect(files).toHaveLength((EVENTS / BATCH) * DAYS);
    expect(new Set(files.map(({ file }) => file.partition[0])).size).toBe(DAYS);
  });

  it('hands lists of files that are too long for a workflow on as objects', async () => {
    const { lake, pipeline } = house;
    const plans: string[] = [];
    for await (const { properties } of lake.nessie.log(lake.mainBranch)) {
      const plan = properties['sluice.plan'];
      if (properties['sluice.pipeline'] === pipeline.name && plan !== undefined) plans.push(plan);
      if (plans.length === EVENTS / BATCH) break;
    }
    for (const plan of plans) {
      const lists: string[] = [];
      for await (const { uri } of lake.store.list(`${lake.warehouse}/_sluice/plans/${plan}/`)) lists.push(uri);
      expect(lists.length).toBeGreaterThan(0);
    }
    expect(plans).toHaveLength(EVENTS / BATCH);
  });
});
