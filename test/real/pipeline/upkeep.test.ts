import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { needTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import type { compactionWorkflow } from '../../../workflows/compaction';
import type { expiryWorkflow } from '../../../workflows/expiry';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const ROUNDS = 8;
const PER_ROUND = 500;

/** Files and snapshots of the raw table at a ref, and whether each object is there. */
async function rawTable(
  house: Lakehouse,
  ref: string,
): Promise<{ readonly files: number; readonly snapshots: number; readonly missing: readonly string[] }> {
  const { hash } = await house.lake.nessie.resolve(ref);
  const table = await needTable(house.lake, hash, house.pipeline.table);
  const { files } = await planScan(house.lake, table);
  const heads = await Promise.all(
    files.map(async ({ file }) => ((await house.lake.store.head(file.filePath)) ? [] : [file.filePath])),
  );
  return { files: files.length, snapshots: table.metadata.snapshots.length, missing: heads.flat() };
}

describe('upkeep beside a running pipeline', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  const events = userEvents({
    seed: 9,
    count: ROUNDS * PER_ROUND,
    partitions: 2,
    startMs: Date.UTC(2026, 0, 1, 1),
    minutes: 16,
    disorderMs: 2000,
  });
  const run = <T>(type: string, id: string, args: object): Promise<T> =>
    house.client.workflow.execute(type, {
      workflowId: `${id}-${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: house.pipeline, ...args }],
    });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 2 });
    worker = startWorkerProcess(house.config);
    await house.start();
    for (let round = 0; round < ROUNDS - 2; round += 1) {
      await house.produce(events.slice(round * PER_ROUND, (round + 1) * PER_ROUND).map(toMessage));
      await house.untilPublished((round + 1) * PER_ROUND);
    }
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('compaction while batches publish changes files and no row', async () => {
    const tag = `kept-${house.pipeline.name}`;
    await house.lake.nessie.createRef({ name: tag, type: 'TAG', from: await house.lake.nessie.getRef('main') });
    const before = await rawTable(house, 'main');
    const publishing = (async () => {
      for (let round = ROUNDS - 2; round < ROUNDS; round += 1) {
        await house.produce(events.slice(round * PER_ROUND, (round + 1) * PER_ROUND).map(toMessage));
        await house.untilPublished((round + 1) * PER_ROUND);
      }
    })();
    const result = await run<Awaited<ReturnType<typeof compactionWorkflow>>>('compactionWorkflow', 'compaction', {
      minFiles: 2,
    });
    await publishing;
    const raw = result.tables.find(({ table }) => table === formatTableName(house.pipeline.table))!;
    expect(raw).toMatchObject({ outcome: 'published', filesAfter: 1 });
    expect(raw.filesBefore).toBeGreaterThanOrEqual(before.files);
    expect((await rawTable(house, 'main')).files).toBeLessThan(before.files);
    expect((await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).pipelines[0]).toMatchObject({
      ok: true,
      rows: events.length,
    });
    expect(
      (await verifyPipelines({ config: house.config, names: [house.pipeline.name], ref: tag })).pipelines[0],
    ).toMatchObject({ ok: true });
  });

  it('expiry shortens the history on main; a tag keeps every file and snapshot it had', async () => {
    const tag = `kept-${house.pipeline.name}`;
    const tagged = await rawTable(house, tag);
    const results = await run<Awaited<ReturnType<typeof expiryWorkflow>>>('expiryWorkflow', 'expiry', {
      maxAgeMs: 1,
      minToKeep: 2,
    });
    expect(results[0]).toMatchObject({ table: formatTableName(house.pipeline.table), outcome: 'published', kept: 2 });
    expect((await rawTable(house, 'main')).snapshots).toBe(2);
    expect(await rawTable(house, tag)).toEqual({ ...tagged, missing: [] });
    await house.stop();
    expect((await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).ok).toBe(true);
    await house.lake.nessie.deleteRef(await house.lake.nessie.getRef(tag));
  });
});
