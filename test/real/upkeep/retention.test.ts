import path from 'node:path';
import type { DropRowsResult } from '../../../activities/retain';
import type { RewriteManifestsResult } from '../../../activities/rewrite-manifests';
import { verifyPipelines } from '../../../client/verify/verify';
import { needTable } from '../../../lake/lake';
import { publishChange } from '../../../lake/publish-change';
import { stageChange } from '../../../lake/stage';
import { runPython } from '../lake/pyiceberg';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(240_000);

const DAY_MS = 86_400_000;
const PER_DAY = 300;
/** Days ago, oldest first. The last moves the watermark past all windows that could take older rows. */
const AGES = [40, 39, 20, 12, 1];

describe('retention of rows', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  const todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const run = <T>(type: string): Promise<T> =>
    house.client.workflow.execute(type, {
      workflowId: `${type}/${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: house.pipeline, always: true }],
    });
  const verify = (ref = 'main') =>
    verifyPipelines({
      config: { ...house.config, home: path.join(house.config.home, 'verify') },
      names: [house.pipeline.name],
      ref,
    });

  beforeAll(async () => {
    const yaml = `${USER_EVENTS.trimEnd()}\nretention: {rows: 15d}\n`.replace(
      'from events group by all',
      'from events group by all\n    retention: 30d',
    );
    house = await openLakehouse({ yaml, partitions: 2 });
    worker = startWorkerProcess(house.config);
    await house.start();
    for (const [index, age] of AGES.entries()) {
      const startMs = todayMs - age * DAY_MS + 3_600_000;
      const events = userEvents({ seed: age, count: PER_DAY, partitions: 2, startMs, minutes: 5, disorderMs: 500 });
      await house.produce(events.map(toMessage));
      await house.untilPublished((index + 1) * PER_DAY);
    }
    await house.stop();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('drops whole partitions from the raw and the window table; verify counts with what went, other readers see the rest', async () => {
    const before = await house.lake.nessie.getRef('main');
    const { outcome, tables } = await run<DropRowsResult>('retentionWorkflow');
    expect(outcome).toBe('published');
    const [raw, rejected, counts] = tables;
    expect(raw).toMatchObject({ state: 'drops', rows: 3 * PER_DAY, beforeMs: todayMs - 15 * DAY_MS });
    expect(rejected).toMatchObject({ state: 'kept', rows: 0 });
    expect(counts).toMatchObject({ state: 'drops', beforeMs: todayMs - 30 * DAY_MS });

    const report = await verify();
    expect(report.pipelines[0]!.checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect(report).toMatchObject({ ok: true, pipelines: [{ rows: AGES.length * PER_DAY }] });
    const counted = report.pipelines[0]!.checks.find(({ name }) => name === 'counts agree')!;
    expect(counted.detail).toContain(`${3 * PER_DAY} raw rows before`);
    // What was there before is still there by its hash.
    expect((await verify(before.hash)).ok).toBe(true);

    await run<readonly RewriteManifestsResult[]>('manifestsWorkflow');
    const { namespace, name } = house.pipeline.table;
    const table = await needTable(house.lake, (await house.lake.nessie.getRef('main')).hash, house.pipeline.table);
    const seen = JSON.parse(
      await runPython(path.join(__dirname, '../pipeline/read_pipeline_table.py'), {
        metadata: table.content.metadataLocation,
        rest: `${house.config.nessie.uri}/iceberg/${house.lake.mainBranch}`,
        table: [namespace, name],
        columns: ['_partition', '_offset'],
        filter: `event_time >= '${new Date(todayMs - 2 * DAY_MS).toISOString().replace('Z', '+00:00')}'`,
      }),
    ) as { static: { rows: readonly (readonly string[])[]; filtered_rows: number; filtered_files: number } };
    const ours = await select<{ p: number; o: bigint }>(
      house,
      `${namespace}.${name}`,
      'select _partition as p, _offset as o from rows',
    );
    expect(seen.static.rows).toEqual(ours.map(({ p, o }) => [String(p), String(o)]).sort(compareTexts));
    expect(seen.static.rows).toHaveLength(2 * PER_DAY);
    expect([seen.static.filtered_rows, seen.static.filtered_files]).toEqual([PER_DAY, 1]);
    expect((await verify()).ok).toBe(true);
  });

  it('a row that is lost beside what was dropped is not taken for dropped', async () => {
    const { hash } = await house.lake.nessie.getRef('main');
    const { metadata } = await needTable(house.lake, hash, house.pipeline.table);
    const dropped = JSON.parse(metadata.properties['sluice.dropped']!) as { rows: string };
    await publishChange(house.lake, {
      tables: [house.pipeline.table],
      kind: 'test',
      id: 'tamper',
      message: 'tamper',
      stage: async (tables) => [
        await stageChange(
          house.lake,
          [...tables.values()][0]!,
          {
            operation: 'none',
            properties: {
              'sluice.dropped': JSON.stringify({ ...dropped, rows: String(Number(dropped.rows) - 1) }),
            },
          },
          { planId: 'tamper', timestampMs: Date.now() },
        ),
      ],
    });
    const { ok, pipelines } = await verify();
    expect(ok).toBe(false);
    expect(pipelines[0]!.checks.flatMap(({ problems }) => problems)).toEqual([
      {
        message: `the table holds ${3 * PER_DAY} raw rows fewer than the ledger counts, retention dropped ${3 * PER_DAY - 1}`,
      },
    ]);
  });
});

function compareTexts(a: readonly string[], b: readonly string[]): number {
  return a.join(' ') < b.join(' ') ? -1 : 1;
}
