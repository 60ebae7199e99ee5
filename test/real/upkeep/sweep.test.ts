import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { needTable } from '../../../lake/lake';
import { manifestsOf } from '../../../lake/manifests';
import { planScan } from '../../../lake/scan';
import { sweepPrefix } from '../../../lake/sweep/place';
import { sweepDefaults } from '../../../lake/sweep/options';
import type { SweepOptions } from '../../../lake/sweep/options';
import { sweepLake } from '../../../lake/sweep/sweep';
import type { SweepReport } from '../../../lake/sweep/sweep';
import { undoSweep } from '../../../lake/sweep/undo';
import { tablesOf } from '../../../pipeline/tables';
import type { ExpireTableResult } from '../../../activities/expire';
import { runPython } from '../lake/pyiceberg';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(240_000);

const ROUNDS = 6;
const PER_ROUND = 400;
const DAY_MS = 86_400_000;

/**
 * A tag on an early commit, then more batches, compaction and expiry; then the sweep, as it will be in ten days. Only this test's tables:
 * others work on the same servers.
 */
describe('the sweep on real servers', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let tag: string;
  const events = userEvents({
    seed: 21,
    count: ROUNDS * PER_ROUND,
    partitions: 2,
    startMs: Date.UTC(2026, 0, 1, 1),
    minutes: 12,
    disorderMs: 1000,
  });
  const run = <T>(type: string, id: string, args: object): Promise<T> =>
    house.client.workflow.execute(type, {
      workflowId: `${id}/${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: house.pipeline, ...args }],
    });
  const produce = async (from: number, to: number): Promise<void> => {
    for (let round = from; round < to; round += 1) {
      await house.produce(events.slice(round * PER_ROUND, (round + 1) * PER_ROUND).map(toMessage));
      await house.untilPublished((round + 1) * PER_ROUND);
    }
  };
  const sweep = (daysOn: number, options: Partial<SweepOptions> = {}): Promise<SweepReport> =>
    sweepLake(house.lake, {
      runId: `${house.pipeline.name}-${daysOn}`,
      options: { ...sweepDefaults, maxShare: 1, tables: tablesOf(house.pipeline).map(formatTableName), ...options },
      dryRun: false,
      nowMs: Date.now() + daysOn * DAY_MS,
      oldestRunning: undefined,
    });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 2 });
    worker = startWorkerProcess(house.config);
    await house.start();
    await produce(0, 2);
    tag = `kept-${house.pipeline.name}`;
    await house.lake.nessie.createRef({ name: tag, type: 'TAG', from: await house.lake.nessie.getRef('main') });
    await produce(2, ROUNDS);
    await house.stop();
    await run('compactionWorkflow', 'compaction', { minFiles: 2 });
  });
  afterAll(async () => {
    await house.lake.nessie.deleteRef(await house.lake.nessie.getRef(tag));
    for await (const { uri } of house.lake.store.list(`${sweepPrefix(house.lake.warehouse)}${house.pipeline.name}`))
      await house.lake.store.delete([uri]);
    await worker.stop();
    await house.close();
  });

  /** Every file that a ref needs for all snapshots of all tables of the pipeline, and which of them are missing. */
  async function filesOf(ref: string): Promise<{ readonly files: number; readonly missing: readonly string[] }> {
    const { hash } = await house.lake.nessie.resolve(ref);
    const uris = new Set<string>();
    for (const name of tablesOf(house.pipeline)) {
      const table = await needTable(house.lake, hash, name);
      uris.add(table.content.metadataLocation);
      for (const snapshot of table.metadata.snapshots) {
        uris.add(snapshot['manifest-list']);
        for (const { path: uri } of await manifestsOf(house.lake.store, snapshot)) uris.add(uri);
        const { files } = await planScan(house.lake, table, { snapshotId: snapshot['snapshot-id'] });
        for (const { file } of files) uris.add(file.filePath);
      }
    }
    const there = await Promise.all([...uris].map(async (uri) => ((await house.lake.store.head(uri)) ? [] : [uri])));
    return { files: uris.size, missing: there.flat() };
  }

  /** Row count of the raw table by another reader, from the metadata file alone. */
  async function countOutside(ref: string): Promise<number> {
    const { hash } = await house.lake.nessie.resolve(ref);
    const { namespace, name } = house.pipeline.table;
    const table = await needTable(house.lake, hash, house.pipeline.table);
    const seen = JSON.parse(
      await runPython(path.join(__dirname, '../pipeline/read_pipeline_table.py'), {
        metadata: table.content.metadataLocation,
        rest: `${house.config.nessie.uri}/iceberg/${house.lake.mainBranch}`,
        table: [namespace, name],
        columns: ['_partition', '_offset'],
        filter: '_offset >= 0',
      }),
    ) as { static: { rows: readonly unknown[] } };
    return seen.static.rows.length;
  }

  /** From the object store, not from files that are at hand already. */
  const verify = async (ref: string) =>
    (
      await verifyPipelines({
        config: { ...house.config, home: path.join(house.config.home, `verify-${ref}`) },
        names: [house.pipeline.name],
        ref,
      })
    ).pipelines[0];

  it('a tag held on an old commit is readable file by file after expiry and sweep; what nothing needs is gone', async () => {
    const expired = await run<readonly ExpireTableResult[]>('expiryWorkflow', 'expiry', { maxAgeMs: 1, minToKeep: 1 });
    expect(expired[0]).toMatchObject({ outcome: 'published', kept: 1 });
    const before = await filesOf(tag);
    // The head is older than the retained history: of main only its last state counts.
    const first = await sweep(10);
    expect(first).toMatchObject({ outcome: 'done', deleted: { files: 0 } });
    expect(first.orphans.files).toBeGreaterThan(10);
    const second = await sweep(11);
    expect(second.deleted).toEqual(first.orphans);
    expect(new Set(second.rows.map(({ kind }) => kind))).toEqual(new Set(['data', 'manifest', 'manifest list']));
    expect(await sweep(12)).toMatchObject({ orphans: { files: 0 }, deleted: { files: 0 } });

    expect(before.missing).toEqual([]);
    expect(await filesOf(tag)).toEqual(before);
    expect((await filesOf('main')).missing).toEqual([]);
    expect(await verify(tag)).toMatchObject({ ok: true, rows: 2 * PER_ROUND });
    expect(await verify('main')).toMatchObject({ ok: true, rows: ROUNDS * PER_ROUND });
    expect([await countOutside(tag), await countOutside('main')]).toEqual([2 * PER_ROUND, ROUNDS * PER_ROUND]);
  });

  it('what the trash took is given back, byte for byte', async () => {
    const { metadata } = await needTable(
      house.lake,
      (await house.lake.nessie.getRef('main')).hash,
      house.pipeline.table,
    );
    const orphan = `${metadata.location}/data/left by a dead worker.parquet`;
    await house.lake.store.put(orphan, Buffer.from('PAR1 not really'));
    await sweep(20);
    const { deleted, trash, runId } = await sweep(21, { trash: true });
    expect(deleted.files).toBe(1);
    expect(trash).toContain(runId);
    expect(await house.lake.store.head(orphan)).toBeUndefined();
    expect(await undoSweep(house.lake, runId)).toMatchObject({ restored: 1 });
    expect((await house.lake.store.get(orphan)).toString()).toBe('PAR1 not really');
    await house.lake.store.delete([orphan]);
  });
});
