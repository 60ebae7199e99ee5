import { gzipSync } from 'node:zlib';
import { publishChange } from '../../../lake/publish-change';
import { stageMetadata } from '../../../lake/stage';
import { sweepDefaults } from '../../../lake/sweep/options';
import type { SweepOptions } from '../../../lake/sweep/options';
import { sweepLake } from '../../../lake/sweep/sweep';
import type { SweepInput, SweepReport } from '../../../lake/sweep/sweep';
import { undoSweep } from '../../../lake/sweep/undo';
import { DAY, HOUR, newWorld, reachable } from './world';
import type { SweptWorld } from './world';

const GRACE = 6 * HOUR;
let runs = 0;

function sweep(
  world: SweptWorld,
  options: Partial<SweepOptions> = {},
  input: Partial<SweepInput> = {},
): Promise<SweepReport> {
  runs += 1;
  return sweepLake(world.lake, {
    runId: `run-${runs}`,
    options: { ...sweepDefaults, graceMs: GRACE, keepHistoryMs: DAY, maxShare: 1, ...options },
    dryRun: false,
    nowMs: world.now(),
    oldestRunning: undefined,
    ...input,
  });
}

/** A lake with files of all kinds of ends: live, replaced, expired, orphaned. */
async function busyWorld(wrap?: Parameters<typeof newWorld>[1]): Promise<SweptWorld> {
  const world = await newWorld(undefined, wrap);
  const [events, counts] = world.tables as [SweptWorld['tables'][number], SweptWorld['tables'][number]];
  for (let i = 0; i < 4; i += 1) {
    await world.append([events, counts], 2);
    world.pass(HOUR);
  }
  await world.compact(events);
  await world.expire(events, 1);
  return world;
}

const missing = async (world: SweptWorld, wanted: ReadonlySet<string>): Promise<readonly string[]> => {
  const there = new Set(await world.objects());
  return [...wanted].filter((uri) => !there.has(uri));
};

describe('the sweep', () => {
  test('deletes an orphan in the second run that finds it, and nothing that history still names', async () => {
    const world = await busyWorld();
    const orphan = await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    const first = await sweep(world);
    expect(first).toMatchObject({ outcome: 'done', orphans: { files: 1, sizeBytes: 10 }, deleted: { files: 0 } });
    expect(await world.objects()).toContain(orphan);
    world.pass(2 * HOUR);
    const second = await sweep(world);
    expect(second.rows).toEqual([
      { table: 'db.events', kind: 'data', orphans: { files: 1, sizeBytes: 10 }, deleted: { files: 1, sizeBytes: 10 } },
    ]);
    expect(await world.objects()).not.toContain(orphan);
    expect(await missing(world, await reachable(world, 0))).toEqual([]);
  });

  test('deletes what compaction replaced and expiry dropped once history no longer holds it, metadata too', async () => {
    const world = await busyWorld();
    const kinds = new Set<string>();
    for (let i = 0; i < 4; i += 1) {
      world.pass(DAY + HOUR);
      await world.append(world.tables, 1);
      for (const { kind, deleted } of (await sweep(world)).rows) if (deleted.files > 0) kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual(['data', 'manifest', 'manifest list']);
    expect(await missing(world, await reachable(world, world.now() - DAY))).toEqual([]);
  });

  test('a tag on an old commit keeps every file that it had', async () => {
    const world = await busyWorld();
    const hash = (await world.history())[3]!;
    await world.lake.nessie.createRef({ name: 'kept', type: 'TAG', from: { hash } });
    const wanted = await reachable(world, 0);
    for (let i = 0; i < 4; i += 1) {
      world.pass(2 * DAY);
      await world.append(world.tables, 1);
      for (const table of world.tables) await world.compact(table);
      for (const table of world.tables) await world.expire(table, 1);
      await sweep(world);
    }
    const ofTag = await reachable(world, Infinity);
    expect(await missing(world, ofTag)).toEqual([]);
    expect([...wanted].filter((uri) => ofTag.has(uri)).length).toBeGreaterThan(5);
  });

  test('young files, and files younger than the oldest work under way, are left alone', async () => {
    const world = await busyWorld();
    const startedAtMs = world.now();
    const inFlight = await world.orphan(world.tables[0]!);
    world.pass(20 * HOUR);
    const young = await world.orphan(world.tables[0]!);
    for (let i = 0; i < 2; i += 1) {
      const report = await sweep(world, {}, { oldestRunning: { workflowId: 'pipeline/p/batch/7', startedAtMs } });
      expect(report).toMatchObject({ orphans: { files: 0 }, inFlight: { files: 1, sizeBytes: 10 } });
      world.pass(2 * HOUR);
    }
    expect(await world.objects()).toEqual(expect.arrayContaining([inFlight, young]));
  });

  test('a candidate that was written again meanwhile stays', async () => {
    const world = await busyWorld();
    const orphan = await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    await world.lake.store.put(orphan, Buffer.alloc(10, 1), { ifAbsent: true });
    expect((await sweep(world)).deleted.files).toBe(0);
    world.pass(GRACE + HOUR);
    expect((await sweep(world)).deleted.files).toBe(0); // listed anew: it waits again
    expect(await world.objects()).toContain(orphan);
  });

  test('an object that is written again between the listing and its deletion stays', async () => {
    const rewritten = new Set<string>();
    const world = await busyWorld((store) => ({
      ...store,
      head: async (uri) => {
        if (rewritten.has(uri)) await store.put(uri, Buffer.alloc(10, 1), { ifAbsent: true });
        return store.head(uri);
      },
    }));
    const again = await world.orphan(world.tables[0]!);
    rewritten.add(again);
    const other = await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    expect((await sweep(world)).deleted.files).toBe(1);
    expect(await world.objects()).toContain(again);
    expect(await world.objects()).not.toContain(other);
  });

  test('metadata that cannot be read ends the run, and nothing is deleted', async () => {
    const world = await busyWorld();
    await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    const before = await world.objects();
    const manifest = before.find((uri) => uri.endsWith('.avro') && uri.includes('counts'))!;
    await world.lake.store.delete([manifest]);
    await expect(sweep(world)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      message: expect.stringContaining('deleted nothing'),
    });
    expect(await world.objects()).toEqual(before.filter((uri) => uri !== manifest));
    // A damaged table elsewhere does not keep a named one from being swept.
    expect((await sweep(world, { tables: ['db.events'] })).deleted.files).toBe(1);
  });

  test('over a cap nothing is deleted, and the report says why', async () => {
    const world = await busyWorld();
    for (let i = 0; i < 5; i += 1) await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    const before = await world.objects();
    const report = await sweep(world, { maxFiles: 4 });
    expect(report).toMatchObject({ outcome: 'over cap', deleted: { files: 0 }, orphans: { files: 5 } });
    expect(report.message).toBe(
      '5 files would go, more than the cap of 4: nothing was deleted. If that is right, raise --max-files.',
    );
    expect((await world.objects()).filter((uri) => !uri.includes('_sluice'))).toEqual(
      before.filter((uri) => !uri.includes('_sluice')),
    );
    expect((await sweep(world, { maxFiles: 5 })).deleted.files).toBe(5);
  });

  test('a share of the bytes above the cap is refused', async () => {
    const world = await busyWorld();
    for (let i = 0; i < 200; i += 1) await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    expect(await sweep(world, { maxShare: 0.01 })).toMatchObject({
      outcome: 'over cap',
      message: expect.stringContaining('more than the cap of 1 %'),
    });
  });

  test('a dry run says what would go and changes nothing', async () => {
    const world = await busyWorld();
    await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    const before = await world.objects();
    expect(await sweep(world, {}, { dryRun: true })).toMatchObject({ orphans: { files: 1 }, deleted: { files: 0 } });
    expect(await world.objects()).toEqual(before);
    await sweep(world);
    world.pass(2 * HOUR);
    expect(await sweep(world, {}, { dryRun: true })).toMatchObject({ dryRun: true, deleted: { files: 1 } });
    expect((await world.objects()).length).toBe(before.length + 2); // the list of the run in between
  });

  test('the trash gives everything back', async () => {
    const world = await busyWorld();
    const orphan = await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    const { trash, runId } = await sweep(world, { trash: true });
    expect(trash).toBe(`s3://lake/_sluice/trash/${runId}/`);
    expect(await world.objects()).not.toContain(orphan);
    expect(await undoSweep(world.lake, runId)).toEqual({ restored: 1, there: 0, otherwise: 0, sizeBytes: 10 });
    expect(await world.objects()).toContain(orphan);
    await expect(undoSweep(world.lake, runId)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  test('the trash puts nothing in the place of another file', async () => {
    const world = await busyWorld();
    const orphan = await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    const { trash, runId } = await sweep(world, { trash: true });
    await world.lake.store.put(orphan, Buffer.from('another file'));
    expect(await undoSweep(world.lake, runId)).toEqual({ restored: 0, there: 0, otherwise: 1, sizeBytes: 0 });
    expect((await world.lake.store.get(orphan)).toString()).toBe('another file');
    expect((await world.objects()).filter((uri) => uri.startsWith(trash!))).toHaveLength(1);
  });

  test('the trash is emptied after a week', async () => {
    const world = await busyWorld();
    await world.orphan(world.tables[0]!);
    world.pass(12 * HOUR);
    await sweep(world);
    world.pass(2 * HOUR);
    await sweep(world, { trash: true });
    world.pass(8 * DAY);
    expect((await sweep(world)).emptied.files).toBe(1);
    expect((await world.objects()).filter((uri) => uri.includes('/trash/'))).toEqual([]);
  });

  test('tables that no ref names are swept only when asked for, and no foreign object with them', async () => {
    const world = await busyWorld();
    await world.drop(world.tables[1]!);
    await world.lake.store.put('s3://lake/reports/data/of-others.csv', Buffer.from('x'));
    await world.append([world.tables[0]!], 1);
    world.pass(3 * DAY);
    await world.append([world.tables[0]!], 1);
    world.pass(2 * DAY);
    const counts = async () => (await world.objects()).filter((uri) => uri.includes('/counts/')).length;
    const before = await counts();
    for (let i = 0; i < 2; i += 1) {
      await sweep(world);
      world.pass(2 * HOUR);
    }
    expect(await counts()).toBe(before);
    await sweep(world, { dropped: true });
    world.pass(2 * HOUR);
    const report = await sweep(world, { dropped: true });
    expect(report.deleted.files).toBe(before);
    expect(report.rows[0]!.table).toBe('s3://lake/db/counts (dropped)');
    expect(await counts()).toBe(0);
    expect(await world.objects()).toContain('s3://lake/reports/data/of-others.csv');
    expect(await missing(world, await reachable(world, world.now() - DAY))).toEqual([]);
  });

  test('bug: a view in the warehouse is no dropped table', async () => {
    const world = await busyWorld();
    const view = 's3://lake/db/daily/metadata/00001-view.metadata.json';
    const text = JSON.stringify({
      'view-uuid': 'u',
      'format-version': 1,
      location: 's3://lake/db/daily',
      versions: [],
    });
    await world.lake.store.put(view, gzipSync(Buffer.from(text)));
    world.pass(30 * DAY);
    await world.append([world.tables[0]!], 1);
    for (let i = 0; i < 2; i += 1) {
      expect((await sweep(world, { dropped: true })).orphans.files).toBe(0);
      world.pass(2 * HOUR);
    }
    expect(await world.objects()).toContain(view);
  });

  test('a dropped table is no dropped table while a tag or retained history names it', async () => {
    const world = await busyWorld();
    await world.lake.nessie.createRef({ name: 'kept', type: 'TAG', from: await world.lake.nessie.getRef('main') });
    await world.drop(world.tables[1]!);
    world.pass(30 * DAY);
    await world.append([world.tables[0]!], 1);
    for (let i = 0; i < 2; i += 1) {
      expect((await sweep(world, { dropped: true })).orphans.files).toBe(0);
      world.pass(2 * HOUR);
    }
  });

  test('file lists that activities hand to each other go by the same rules', async () => {
    const world = await busyWorld();
    const uri = 's3://lake/_sluice/plans/abc/0011.json';
    await world.lake.store.put(uri, Buffer.from('[]'));
    world.pass(12 * HOUR);
    expect((await sweep(world)).rows).toEqual([
      expect.objectContaining({ table: 'file lists of batches', kind: 'file list' }),
    ]);
    world.pass(2 * HOUR);
    await sweep(world);
    expect(await world.objects()).not.toContain(uri);
  });

  test('a tag made during the mark, on a commit that was no longer retained, keeps its files', async () => {
    let onGet: (() => Promise<void>) | undefined;
    const world = await busyWorld((store) => ({
      ...store,
      get: async (uri) => {
        const hook = onGet;
        onGet = undefined;
        await hook?.();
        return store.get(uri);
      },
    }));
    const old = (await world.history())[4]!;
    world.pass(3 * DAY);
    for (const table of world.tables) {
      await world.append([table], 1);
      await world.compact(table);
      await world.expire(table, 1);
    }
    world.pass(DAY + 2 * HOUR);
    await world.append(world.tables, 1);
    await sweep(world);
    world.pass(2 * HOUR);
    onGet = async () => {
      await world.lake.nessie.createRef({ name: 'late', type: 'TAG', from: { hash: old } });
    };
    expect((await sweep(world)).orphans.files).toBeGreaterThan(0);
    expect(await missing(world, await reachable(world, world.now() - DAY))).toEqual([]);
  });

  test('what a rollback to an old state brought back stays, though later commits dropped it again', async () => {
    const world = await newWorld(['events']);
    const [events] = world.tables;
    for (let i = 0; i < 4; i += 1) await world.append(world.tables, 1);
    const old = (await world.history())[0]!;
    await world.lake.nessie.createRef({ name: 'kept', type: 'TAG', from: { hash: old } });
    await world.compact(events!);
    world.pass(HOUR);
    await world.expire(events!, 1);
    world.pass(5 * DAY);
    await world.append(world.tables, 1);
    world.pass(2 * DAY);
    await world.append(world.tables, 1);
    await world.rollBack(events!, old);
    await world.append(world.tables, 1);
    world.pass(HOUR);
    await world.expire(events!, 2); // what was rolled back to stays in the list, those before it do not
    await world.lake.nessie.deleteRef(await world.lake.nessie.getRef('kept'));
    const wanted = await reachable(world, world.now() - DAY);
    for (let i = 0; i < 2; i += 1) {
      world.pass(8 * HOUR);
      await sweep(world);
    }
    expect(await missing(world, wanted)).toEqual([]);
  });

  test('statistics files of a table are live', async () => {
    const world = await busyWorld();
    const [events] = world.tables;
    const uri = 's3://lake/db/events/metadata/stats.puffin';
    await world.lake.store.put(uri, Buffer.from('PFA1'));
    await publishChange(world.lake, {
      tables: [events!],
      kind: 'evolution',
      id: 'stats',
      message: 'statistics',
      stage: async (tables) => {
        const table = [...tables.values()][0]!;
        const statistics = [{ 'snapshot-id': table.metadata['current-snapshot-id'], 'statistics-path': uri }];
        return [await stageMetadata(world.lake, table, { ...table.metadata, statistics }, world.now())];
      },
    });
    world.pass(10 * DAY);
    await world.append([events!], 1);
    for (let i = 0; i < 2; i += 1) {
      await sweep(world);
      world.pass(2 * HOUR);
    }
    expect(await world.objects()).toContain(uri);
  });
});
