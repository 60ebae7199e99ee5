import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { windowKey } from '../../../activities/windows/window-key';
import { openEngine, type Engine, type Session } from '../../../engine/engine';
import { needTable } from '../../../lake/lake';
import { readProgress } from '../../../lake/progress';
import type { Pipeline } from '../../../pipeline/model';
import { finishBatch } from '../../fuzz/batch-life';
import { counts, openPlay, pipelineOf, START, window } from './play';

jest.setTimeout(60_000);

describe('windows whose definition changes', () => {
  let directory: string;
  let engine: Engine;
  let session: Session;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-changed-'));
    engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
    session = await engine.session();
  });
  afterAll(async () => {
    session.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each([
    ['tumble: 10s', 'tumble: 10s\n    lateness: 1h'],
    ['tumble: 10s\n    late: side', 'tumble: 10s\n    lateness: 1h'],
  ])('bug: a greater lateness opens no window again that was closed for good (%#)', async (before, after) => {
    const { world, batch, look } = await openPlay(engine, session);
    const [small, large] = [before, after].map((keys) => pipelineOf('p', window(keys, counts))) as [Pipeline, Pipeline];
    await batch(small, 1, 5, 25);
    await batch(small, 6);
    expect(await look(small)).toEqual({ windows: { 0: 2 }, late: [6] });
    await batch(large, 7);
    expect(await look(large)).toEqual({ windows: { 0: 2 }, late: [6, 7] });
    // Windows that close by the new lateness are amended.
    await batch(large, 35);
    await batch(large, 26);
    expect(await look(large)).toEqual({ windows: { 0: 2, 20: 2 }, late: [6, 7] });
    await world.close();
  });

  it('a greater lateness opens no session again that was closed for good', async () => {
    const { world, batch, look } = await openPlay(engine, session);
    const sessions = (lateness: string) =>
      pipelineOf('p', window(`session: {gap: 5s, max: 1h}\n    lateness: ${lateness}`, counts));
    await batch(sessions('0s'), 1, 3, 25);
    await batch(sessions('0s'), 4);
    expect(await look(sessions('0s'))).toEqual({ windows: { 1: 2 }, late: [4] });
    await batch(sessions('1h'), 5);
    expect(await look(sessions('1h'))).toEqual({ windows: { 1: 2 }, late: [4, 5] });
    await world.close();
  });

  it.each([
    ['tumble: 10s', { windows: { 0: 2, 20: 2, 30: 2, 60: 1, 70: 1 }, late: [12] }],
    ['tumble: 10s\n    lateness: 1h', { windows: { 0: 2, 10: 1, 20: 2, 30: 2, 60: 1, 70: 1 }, late: [] }],
  ])('bug: a window that comes back judges what it missed (%#)', async (keys, expected) => {
    const { world, batch, look } = await openPlay(engine, session);
    const [present, absent] = [pipelineOf('p', window(keys, counts)), pipelineOf('p')];
    await batch(present, 1, 5, 25);
    await batch(absent, 31, 35, 65);
    await batch(absent, 12);
    const { hash } = await world.reader.lake.nessie.getRef('main');
    const raw = await needTable(world.reader.lake, hash, present.table);
    expect(readProgress(raw.metadata, 'p')?.windows?.['db.p_w']?.key).toEqual(windowKey(present.windows[0]!));
    await batch(present, 75, 22);
    await batch(present, 85);
    expect(await look(present)).toEqual(expected);
    await world.close();
  });

  it('an amended window takes only the files that hold it, and leaves the others as they are', async () => {
    const { world, batch, look, files } = await openPlay(engine, session);
    const amending = pipelineOf('p', window('tumble: 10s\n    lateness: 30d', counts));
    const day = 86_400;
    await batch(amending, 1, 12, day + 1, day + 25);
    await batch(amending, day + 45);
    const before = await files(amending);
    await batch(amending, 3);
    const after = await files(amending);
    // One file a day and batch: that of the first day's windows goes, and only that; its other window's rows are in the new one.
    expect(before.filter((file) => !after.includes(file))).toEqual([expect.stringContaining('2026-01-01')]);
    expect(after.filter((file) => !before.includes(file))).toHaveLength(1);
    const { windows } = await look(amending);
    expect(windows).toEqual({ 0: 2, 10: 1, [day]: 1, [day + 20]: 1 });
    await world.close();
  });

  it('a session window that comes back judges what it missed', async () => {
    const { world, batch, look } = await openPlay(engine, session);
    const [present, absent] = [pipelineOf('p', window('session: {gap: 5s, max: 1h}', counts)), pipelineOf('p')];
    await batch(present, 1, 3, 25);
    await batch(absent, 28, 65, 4);
    await batch(present, 75);
    await batch(present, 95);
    expect(await look(present)).toEqual({ windows: { 1: 2, 25: 2, 65: 1, 75: 1 }, late: [4] });
    await world.close();
  });

  it('bug: the watermark jumps over decades and no window is made of the time between', async () => {
    const { world, send, batch, look } = await openPlay(engine, session);
    const hopping = pipelineOf('p', window('hop: {size: 5m, slide: 10s}', counts));
    await batch(hopping, -20 * 365 * 86_400);
    send(0);
    await batch(hopping);
    await batch(hopping, 1000);
    const { windows, late } = await look(hopping);
    expect(Object.keys(windows)).toHaveLength(60);
    expect(late).toEqual([]);
    await world.close();
  });

  it.each([
    ['count(*)', true],
    ['count(distinct id)', false],
  ])('hopping windows of %s come from panes: %s', async (aggregate, fromPanes) => {
    const { world, batch, look } = await openPlay(engine, session);
    const query = `select window_start, ${aggregate} as n from events group by all`;
    const hopping = pipelineOf('p', window('hop: {size: 20s, slide: 10s}', query));
    await batch(hopping, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 35);
    expect(await look(hopping)).toEqual({ windows: { [-10]: 8, 0: 12, 10: 4 }, late: [] });
    expect(world.servedFromPanes() > 0).toBe(fromPanes);
    await world.close();
  });

  it('bug: what comes on a joined stream within the lateness changes windows although this stream is silent', async () => {
    const other = await openPlay(engine, session, 'other');
    const own = await openPlay(engine, session, 'own', other.world);
    const joining = pipelineOf(
      'own',
      window(
        'tumble: 10s\n    lateness: 1h\n    streams: {others: db.other}',
        'select e.window_start, count(*) as n from events e join others o on e.window_start = o.window_start group by all',
      ),
    );
    const plain = pipelineOf('other');
    await other.batch(plain, 1, 25);
    await own.batch(joining, 2, 26);
    expect(await own.look(joining)).toEqual({ windows: { 0: 1 }, late: [] });
    await other.batch(plain, 3);
    expect(await own.batch(joining)).toBe('2');
    expect(await own.look(joining)).toEqual({ windows: { 0: 2 }, late: [] });
    expect(await own.batch(joining)).toBeUndefined();
    await own.world.close();
  });

  it('bug: a joined stream of which a partition fell idle kept the windows over it open', async () => {
    const other = await openPlay(engine, session, 'other', undefined, 2);
    const own = await openPlay(engine, session, 'own', other.world);
    const joining = pipelineOf(
      'own',
      window(
        'tumble: 10s\n    streams: {others: db.other}',
        'select e.window_start, count(*) as n from events e join others o on e.window_start = o.window_start group by all',
      ),
    );
    const plain = pipelineOf('other');
    other.sendTo(1, 2);
    await other.batch(plain, 1, 25);
    await own.batch(joining, 2, 26);
    expect(await own.look(joining)).toEqual({ windows: {}, late: [] });
    expect(await other.batch(plain)).toBeUndefined();
    other.world.passTime(plain.source.idleMs / 2);
    expect(await other.batch(plain, 27)).toBe('2');
    expect(await other.batch(plain)).toBeUndefined();
    other.world.passTime(plain.source.idleMs / 2);
    expect(await other.batch(plain)).toBe('3');
    expect(await other.batch(plain)).toBeUndefined();
    await own.batch(joining);
    expect(await own.look(joining)).toEqual({ windows: { 0: 2 }, late: [] });
    await own.world.close();
  });

  it('bug: idleness goes by the time that the workflow gives, not by the clock of the worker that plans', async () => {
    const { world, send } = await openPlay(engine, session, 'p', undefined, 2);
    const plain = pipelineOf('p');
    await world.createTables(plain);
    const { idleMs } = plain.source;
    const opened = await world.worker().openPipeline({ pipeline: plain });
    const caughtUp = await world.worker().planBatch({ pipeline: plain, ...opened, nowMs: 1000 });
    expect(caughtUp.positions.map(({ caughtUpSinceMs }) => caughtUpSinceMs)).toEqual([1000, 1000]);
    send(1);
    const idleAt = async (nowMs: number) =>
      (await world.worker().planBatch({ pipeline: plain, ...opened, ...caughtUp, nowMs })).plan;
    expect(await idleAt(999 + idleMs)).toMatchObject({ idle: [], plannedAtMs: 999 + idleMs });
    expect(await idleAt(1000 + idleMs)).toMatchObject({ idle: [1] });
    await world.close();
  });

  it('bug: a joined stream whose log was cut is refused, also when it has grown past its old end in the same batch', async () => {
    const other = await openPlay(engine, session, 'other');
    const own = await openPlay(engine, session, 'own', other.world);
    const joining = pipelineOf(
      'own',
      window(
        'tumble: 10s\n    streams: {others: db.other}',
        'select e.window_start, count(*) as n from events e join others o on e.window_start = o.window_start group by all',
      ),
    );
    const plain = pipelineOf('other');
    await other.batch(plain, 1, 25);
    await own.batch(joining, 2, 26);
    const worker = other.world.worker();
    const before = await worker.openPipeline({ pipeline: plain });
    // The second event was lost with its broker; producers send it again, and another one.
    other.cutTo(1);
    other.send(25, 27);
    const decision = {
      by: 'ann',
      why: 'test',
      decidedAtMs: START,
      afterBatch: before.lastSeq,
      previous: before.identity,
      identity: before.identity,
      gaps: [{ code: 'OFFSETS_RESET' as const, partition: 0, from: '2', to: '1', lost: '0' }],
    };
    const opened = await worker.openPipeline({ pipeline: plain, decision });
    const { plan } = await worker.planBatch({ pipeline: plain, ...opened, decision });
    const ingested = [];
    for (const ranges of plan!.groups)
      ingested.push(await worker.ingestRange({ pipeline: plain, plan: plan!, ranges }));
    await finishBatch(other.world, { pipeline: plain, flight: { plan: plan!, ingested }, atPoint: async () => ({}) });
    await expect(own.batch(joining, 60)).rejects.toThrow('the topic of its stream others was cut');
    await own.world.close();
  });

  it('bug: a joined stream whose topic was created again is refused, not judged by offsets that mean other rows', async () => {
    const other = await openPlay(engine, session, 'other');
    const own = await openPlay(engine, session, 'own', other.world);
    const joining = pipelineOf(
      'own',
      window(
        'tumble: 10s\n    streams: {others: db.other}',
        'select e.window_start, count(*) as n from events e join others o on e.window_start = o.window_start group by all',
      ),
    );
    const plain = pipelineOf('other');
    await other.batch(plain, 1, 25);
    await own.batch(joining, 2, 26);
    const before = await other.world.worker().openPipeline({ pipeline: plain });
    other.world.kafka.addTopic('other', 1).partitions[0]!.push({
      timestampMs: START,
      key: null,
      value: JSON.stringify({ id: 9, t: new Date(START + 50_000).toISOString() }),
    });
    const { topicId, clusterId } = {
      clusterId: 'memory',
      topicId: (await other.world.kafka.cluster.describeTopic('other')).topicId,
    };
    const decision = {
      by: 'ann',
      why: 'test',
      decidedAtMs: START,
      afterBatch: before.lastSeq,
      previous: before.identity,
      identity: { clusterId, topicId },
      gaps: [{ code: 'TOPIC_RECREATED' as const, partition: 0, from: '2', to: '0', lost: '0' }],
    };
    const opened = await other.world.worker().openPipeline({ pipeline: plain, decision });
    const { plan } = await other.world.worker().planBatch({ pipeline: plain, ...opened, decision });
    const ingested = [];
    for (const ranges of plan!.groups)
      ingested.push(await other.world.worker().ingestRange({ pipeline: plain, plan: plan!, ranges }));
    await finishBatch(other.world, { pipeline: plain, flight: { plan: plan!, ingested }, atPoint: async () => ({}) });
    await expect(own.batch(joining, 60)).rejects.toThrow('the topic of its stream others was created again');
    await own.world.close();
  });
});
