import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine, type Engine, type Session } from '../../../engine/engine';
import { quoteText } from '../../../engine/sql';
import { needTable } from '../../../lake/lake';
import { publishChange } from '../../../lake/publish-change';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import type { Pipeline } from '../../../pipeline/model';
import { positionFieldIds, putDeleteFile } from '../../lake/delete-file';
import type { World } from '../../fuzz/world';
import { counts, openPlay, pipelineOf, window } from './play';

jest.setTimeout(60_000);

describe('files that windows are taken out of', () => {
  let directory: string;
  let engine: Engine;
  let session: Session;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-replaced-'));
    engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
    session = await engine.session();
  });
  afterAll(async () => {
    session.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  const amending = pipelineOf('p', window('tumble: 10s\n    lateness: 1h', counts));
  const head = async ({ reader }: World): Promise<string> => (await reader.lake.nessie.getRef('main')).hash;
  const planAndRead = async (world: World, pipeline: Pipeline) => {
    const opened = await world.worker().openPipeline({ pipeline });
    const plan = (await world.worker().planBatch({ pipeline, ...opened })).plan!;
    const ingested = [await world.worker().ingestRange({ pipeline, plan, ranges: plan.groups[0]! })];
    return { pipeline, plan, ingested };
  };
  const close = (world: World, batch: Awaited<ReturnType<typeof planAndRead>>) =>
    world.worker().closeWindows({ ...batch, workflowId: 'w' });

  it('bug: rows of a window file that another engine deleted after its windows were computed came back', async () => {
    const { world, send, batch } = await openPlay(engine, session);
    const { lake } = world.reader;
    const [{ table: name }] = amending.windows as [Pipeline['windows'][number]];
    const load = async () => needTable(lake, await head(world), name);
    await batch(amending, 1, 12, 45);
    send(3);
    const late = await planAndRead(world, amending);
    const before = await close(world, late);
    const { file } = (await planScan(lake, await load())).files[0]!;
    const deletes = await putDeleteFile(
      { session, lake, table: await load() },
      {
        local: path.join(directory, 'delete.parquet'),
        select: `select ${quoteText(file.filePath)} as file_path, 1::bigint as pos`,
        fieldIds: positionFieldIds,
        of: { partition: file.partition },
      },
    );
    const stage = async () => [
      await stageChange(lake, await load(), { operation: 'delete', added: [deletes] }, { planId: 'x', timestampMs: 1 }),
    ];
    await publishChange(lake, { tables: [name], kind: 'test', id: 'x', message: 'delete', stage });
    expect(await world.worker().stageBatch({ ...late, windows: before })).toEqual({ outcome: 'stale' });
    const stage2 = await world.worker().stageBatch({ ...late, windows: await close(world, late) });
    const staged = await needTable(lake, (stage2 as { staged: { branchHash: string } }).staged.branchHash, name);
    // Window 10 stays deleted: the new file holds window 0 only.
    expect((await planScan(lake, staged)).files.map((scanned) => scanned.file.recordCount)).toEqual([1n]);
    await world.close();
  });

  it('bug: a batch that was on main when its windows were due, and was rolled back before staging, was staged without them', async () => {
    const { world, send, batch } = await openPlay(engine, session);
    const { nessie } = world.reader.lake;
    await batch(amending, 1);
    const before = await head(world);
    send(12, 45);
    const second = await planAndRead(world, amending);
    await batch(amending);
    const windows = await close(world, second);
    expect(windows).toMatchObject({ applied: true, watermarkMs: expect.any(Number) as number, tables: [] });
    expect(await world.worker().stageBatch({ ...second, windows })).toMatchObject({ outcome: 'applied' });
    await nessie.assignRef(await nessie.getRef('main'), { name: 'main', hash: before });
    expect(await world.worker().stageBatch({ ...second, windows })).toEqual({ outcome: 'stale' });
    await world.close();
  });

  it('no file between two amended windows that lie far apart is read', async () => {
    const { world, send, batch, files } = await openPlay(engine, session);
    const far = pipelineOf('p', window('tumble: 10s\n    lateness: 3650d', counts));
    const day = 86_400;
    await batch(far, -3000 * day, -1500 * day, 1, 25);
    const [first, between, last, ...more] = await files(far);
    expect(more).toEqual([]);
    await world.reader.lake.store.delete([between!]);
    world.restart();
    send(-3000 * day + 1, 2);
    const { tables } = await close(world, await planAndRead(world, far));
    const { removed } = tables.find(({ table }) => table === 'db.p_w')!;
    expect(removed).toMatchObject({ files: [{ filePath: first }, { filePath: last }] });
    await world.close();
  });
});
