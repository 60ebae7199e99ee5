import { cleanBranches } from '../../lake/clean-branches';
import { pipelineProperties } from '../../lake/pipeline-record';
import { progressProperties } from '../../lake/progress';
import { publishChange } from '../../lake/publish-change';
import { stageChange } from '../../lake/stage';
import { parsePipeline } from '../../pipeline/parse';
import { DAY, HOUR, newWorld } from './sweep/world';
import type { SweptWorld } from './sweep/world';

/** A lake whose pipeline `p` has published batch 5. */
async function published(): Promise<SweptWorld> {
  const world = await newWorld(['events']);
  const pipeline = parsePipeline(
    'pipeline: p\nsource:\n  topic: t\n  columns: {at: timestamptz not null}\n  event_time: at\ntable: db.events\n',
    'p.yaml',
  );
  const progress = { version: 1, batch: 5n, topic: 't', topicId: 'i', clusterId: 'c', partitions: {} } as const;
  await publishChange(world.lake, {
    tables: world.tables,
    kind: 'batch',
    id: '5',
    message: 'batch 5',
    stage: async (tables) => [
      await stageChange(
        world.lake,
        [...tables.values()][0]!,
        { operation: 'none', properties: { ...pipelineProperties(pipeline), ...progressProperties('p', progress) } },
        { planId: '5', timestampMs: world.now() },
      ),
    ],
  });
  return world;
}

const branch = async ({ lake }: SweptWorld, name: string): Promise<void> => {
  await lake.nessie.createRef({ name, type: 'BRANCH', from: await lake.nessie.getRef('main') });
};
const clean = (world: SweptWorld, running: readonly string[] = [], dryRun = false) =>
  cleanBranches(world.lake, {
    nowMs: world.now(),
    dryRun,
    isRunning: async ({ pipeline, seq }) => running.includes(`${pipeline}/${seq}`),
  });
const names = async ({ lake }: SweptWorld) => (await lake.nessie.listRefs()).map(({ name }) => name).sort();

test('branches of published batches go at once, others after a day, those of people never', async () => {
  const world = await published();
  for (const name of [
    'batch.p.4',
    'batch.p.6',
    'batch.q.1',
    'expiry.db.events.x0123456789ab',
    'batch-of-mine',
    'dev',
    'rollback.x0123456789ab',
    'mine.x0123456789ab',
  ])
    await branch(world, name);
  expect((await clean(world)).filter(({ action }) => action === 'dropped')).toEqual([
    expect.objectContaining({ branch: 'batch.p.4', why: 'batch 4 of p is published' }),
  ]);
  world.pass(DAY + HOUR);
  const dropped = (await clean(world, ['q/1'])).filter(({ action }) => action === 'dropped');
  expect(dropped.map(({ branch: name }) => name).sort()).toEqual([
    'batch.p.6',
    'expiry.db.events.x0123456789ab',
    'rollback.x0123456789ab',
  ]);
  expect(await names(world)).toEqual(['batch-of-mine', 'batch.q.1', 'dev', 'main', 'mine.x0123456789ab']);
});

test('a held batch keeps its branch however old', async () => {
  const world = await published();
  await branch(world, 'batch.p.6');
  world.pass(30 * DAY);
  expect(await clean(world, ['p/6'])).toEqual([expect.objectContaining({ branch: 'batch.p.6', action: 'kept' })]);
});

test('a dry run drops nothing', async () => {
  const world = await published();
  await branch(world, 'batch.p.1');
  expect(await clean(world, [], true)).toEqual([expect.objectContaining({ action: 'dropped' })]);
  expect(await names(world)).toContain('batch.p.1');
});
