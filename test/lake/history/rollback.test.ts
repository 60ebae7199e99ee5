import { formatTableName } from '../../../base/table-name';
import { requireRetained } from '../../../lake/history/retained';
import { dropAuditBranches, publishRollback } from '../../../lake/history/rollback';
import { planRollback, type RollbackPlan } from '../../../lake/history/rollback-plan';
import { formatTableMetadata } from '../../../lake/iceberg/metadata-json';
import { needTable } from '../../../lake/lake';
import { manifestsOf } from '../../../lake/manifests';
import { planScan } from '../../../lake/scan';
import { memoryLake } from './support/memory-lake';
import type { MemoryLake } from './support/memory-lake';

const plan = async (house: MemoryLake, to: string, pipelines?: readonly string[]): Promise<RollbackPlan> =>
  planRollback(house.lake, { from: await house.head(), to, ...(pipelines ? { pipelines } : {}) });
const publish = (house: MemoryLake, planned: RollbackPlan) =>
  publishRollback(house.lake, planned, { message: 'roll back', by: 'ada', why: 'test' });

describe('the plan of a rollback', () => {
  it('tells what leaves main, table by table, and where the pipelines then stand', async () => {
    const house = await memoryLake();
    const [a, b] = [await house.addPipeline('a'), await house.addPipeline('b')];
    const to = await house.batch(a, 10n);
    await house.batch(b, 5n);
    await house.batch(a, 20n);
    await house.batch(a, 30n);
    const planned = await plan(house, to);
    expect(planned).toMatchObject({
      undone: { commits: 3, byKind: { batch: 3 }, batches: { a: { first: 2n, last: 3n }, b: { first: 1n, last: 1n } } },
      involved: ['a', 'b'],
      moves: [
        { pipeline: 'a', fromBatch: 3n, toBatch: 1n, partitions: [{ partition: 0, now: 60n, then: 10n }] },
        { pipeline: 'b', fromBatch: 1n, toBatch: 0n, partitions: [{ partition: 0, now: 5n, then: 0n }] },
      ],
      heldBy: [],
    });
    const raw = planned.tables.find(({ table }) => table === 'db.a');
    expect(raw).toMatchObject({ pipeline: 'a', files: { removed: { files: 2, rows: 50n }, added: { files: 0 } } });
  });

  it('names the tags and branches that keep what leaves, work in progress apart', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    const hash = await house.batch(a, 20n);
    await house.lake.nessie.createRef({ name: 'kept', type: 'TAG', from: { hash } });
    await house.lake.nessie.createRef({ name: 'batch.a.3', type: 'BRANCH', from: { hash } });
    await house.lake.nessie.createRef({ name: 'older', type: 'TAG', from: { hash: to } });
    expect((await plan(house, to)).heldBy).toEqual([{ name: 'kept', type: 'tag', tables: 3, of: 3 }]);
  });

  it('refuses a commit that main never was at, and a pipeline that nobody knows', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    await house.lake.nessie.createRef({ name: 'side', type: 'BRANCH', from: { hash: to } });
    const side = await house.lake.nessie.commit({
      branch: 'side',
      baseHash: to,
      message: 'x',
      createNamespaces: ['x'],
    });
    if (side.outcome !== 'committed') throw new Error('setup');
    await expect(plan(house, side.hash)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(plan(house, to, ['zebra'])).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('has nothing to do where main stands there already', async () => {
    const house = await memoryLake();
    const to = await house.batch(await house.addPipeline('a'), 10n);
    expect(await plan(house, to)).toMatchObject({ entries: [], moves: [], involved: [], undone: { commits: 0 } });
  });
});

describe('a published rollback', () => {
  it('puts every table back in one commit on top of the head, drops those made since, and reading goes on', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    const left = await house.batch(a, 20n);
    const b = await house.addPipeline('b');
    const from = await house.batch(b, 5n);
    const tablesThen = (await house.lake.nessie.entries(to)).map(({ name }) => formatTableName(name)).sort();
    expect(await publish(house, await plan(house, to))).toMatchObject({ outcome: 'done' });
    expect(await house.tables()).toEqual(tablesThen);
    expect(await house.standing(a)).toEqual({ batch: 1n, next: 10n });
    const [head] = await collect(house.lake.nessie.log(await house.head(), { limit: 1 }));
    expect(head).toMatchObject({
      parentHash: from,
      properties: { 'sluice.rollback': to, 'sluice.rollback-from': from, 'sluice.by': 'ada' },
    });
    expect((await house.lake.nessie.listRefs()).map(({ name }) => name)).toEqual(['main']);
    // What left can be put back: no commit was lost.
    expect(await publish(house, await plan(house, left))).toMatchObject({ outcome: 'done' });
    expect(await house.standing(a)).toEqual({ batch: 2n, next: 30n });
    await house.batch(a, 1n);
    expect(await house.standing(a)).toEqual({ batch: 3n, next: 31n });
  });

  it('reads the same batch again: same number, same ranges, in place of the one that left', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    await house.batch(a, 20n);
    await publish(house, await plan(house, to));
    await house.batch(a, 20n);
    const table = await needTable(house.lake, await house.head(), a.table);
    expect(table.metadata.snapshots).toHaveLength(2);
    expect((await planScan(house.lake, table)).files.map(({ file }) => file.recordCount).sort()).toEqual([10n, 20n]);
  });

  it('takes a compaction back too, and tells that no position moves', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    await house.batch(a, 10n);
    const to = await house.batch(a, 20n);
    await house.compact(a.table);
    const planned = await plan(house, to);
    expect(planned).toMatchObject({ moves: [], involved: ['a'], undone: { byKind: { compaction: 1 } } });
    expect(planned.tables).toMatchObject([
      { table: 'db.a', files: { added: { files: 2, rows: 30n }, removed: { files: 1, rows: 30n } } },
    ]);
    await requireRetained(house.lake, planned);
    expect(await publish(house, planned)).toMatchObject({ outcome: 'done' });
  });

  it('loses against any commit that came in between, also of a table it does not touch', async () => {
    const house = await memoryLake();
    const [a, b] = [await house.addPipeline('a'), await house.addPipeline('b')];
    const to = await house.batch(a, 10n);
    await house.batch(a, 20n);
    const planned = await plan(house, to);
    const between = await house.batch(b, 5n);
    expect(await publish(house, planned)).toEqual({ outcome: 'moved' });
    expect(await house.head()).toBe(between);
    expect((await house.lake.nessie.listRefs()).map(({ name }) => name)).toEqual(['main']);
  });

  it('knows its own commit when the answer got lost', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    await house.batch(a, 20n);
    const planned = await plan(house, to);
    const { nessie } = house.lake;
    const deaf = {
      ...house.lake,
      nessie: {
        ...nessie,
        assignRef: async (...args: Parameters<typeof nessie.assignRef>) => {
          await nessie.assignRef(...args);
          throw Object.assign(new Error('lost'), { name: 'SluiceError', code: 'COMMIT_UNKNOWN' });
        },
      },
    };
    expect(await publishRollback(deaf, planned, { message: 'm', by: 'ada', why: 'w' })).toMatchObject({
      outcome: 'done',
    });
    const never = {
      ...house.lake,
      nessie: {
        ...nessie,
        assignRef: async () =>
          Promise.reject(Object.assign(new Error('lost'), { name: 'SluiceError', code: 'COMMIT_UNKNOWN' })),
      },
    };
    const forward = await plan(house, planned.from);
    await expect(publishRollback(never, forward, { message: 'm', by: 'ada', why: 'w' })).rejects.toMatchObject({
      code: 'COMMIT_UNKNOWN',
    });
    expect(await house.standing(a)).toEqual({ batch: 1n, next: 10n });
  });

  it('cannot be undone by a batch that waited on its branch: the branch goes first', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    const { nessie } = house.lake;
    // Cut before batch 2 was published by another attempt: the catalog alone would let it merge after the rollback.
    await nessie.createRef({ name: 'batch.a.2', type: 'BRANCH', from: { hash: to } });
    await nessie.createRef({ name: 'batch.a.b.2', type: 'BRANCH', from: { hash: to } });
    await house.batch(a, 20n);
    expect(await dropAuditBranches(house.lake, ['a'])).toEqual(['batch.a.2']);
    expect((await nessie.listRefs()).map(({ name }) => name)).toEqual(['main', 'batch.a.b.2']);
  });
});

it('heals a table that another program rewrote without its history', async () => {
  const house = await memoryLake();
  const { lake } = house;
  const a = await house.addPipeline('a');
  await house.batch(a, 10n);
  const to = await house.batch(a, 20n);
  const { content, metadata } = await needTable(lake, to, a.table);
  const uri = 's3://lake/db/a/metadata/00000-11111111-1111-4111-8111-111111111111.metadata.json';
  const dropped = { ...metadata, snapshots: metadata.snapshots.slice(-1), 'metadata-log': [] };
  await lake.store.put(uri, Buffer.from(formatTableMetadata(dropped)));
  const foreign = { name: a.table, content: { ...content, metadataLocation: uri } };
  await lake.nessie.commit({ branch: 'main', baseHash: to, message: 'update table', puts: [foreign] });
  await expect(needTable(lake, await house.head(), a.table)).rejects.toMatchObject({ code: 'TABLE_FOREIGN' });
  const planned = await plan(house, to);
  expect(planned).toMatchObject({
    involved: ['a'],
    moves: [],
    tables: [{ table: 'db.a', snapshots: { added: [expect.anything()] } }],
  });
  await requireRetained(lake, planned);
  expect(await publish(house, planned)).toMatchObject({ outcome: 'done' });
  expect((await needTable(lake, await house.head(), a.table)).metadata.snapshots).toHaveLength(2);
  await house.batch(a, 5n);
  expect(await house.standing(a)).toEqual({ batch: 3n, next: 35n });
});

describe('the tables of one pipeline alone', () => {
  it('go back with its ledger and leave the others, whose commits stand', async () => {
    const house = await memoryLake();
    const [a, b] = [await house.addPipeline('a'), await house.addPipeline('b')];
    const to = await house.batch(a, 10n);
    await house.batch(b, 5n);
    await house.batch(a, 20n);
    const planned = await plan(house, to, ['a']);
    expect(planned.tables.map(({ table }) => table)).toEqual(['db.a', 'db.a__batches', 'db.a_counts']);
    expect(planned.involved).toEqual(['a']);
    await publish(house, planned);
    expect(await house.standing(a)).toEqual({ batch: 1n, next: 10n });
    expect(await house.standing(b)).toEqual({ batch: 1n, next: 5n });
    const [head] = await collect(house.lake.nessie.log(await house.head(), { limit: 1 }));
    expect(head!.properties['sluice.rollback-pipelines']).toBe('a');
  });

  it('do not go back without a pipeline that joined them since', async () => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const b = await house.addPipeline('b', 'a');
    const to = await house.batch(a, 10n);
    await house.batch(a, 20n);
    // b stands where it stood: it only must not run meanwhile.
    expect(await plan(house, to, ['a'])).toMatchObject({ involved: ['a'] });
    await house.batch(b, 5n);
    await expect(plan(house, to, ['a'])).rejects.toMatchObject({
      code: 'PIPELINE_STATE',
      cure: expect.stringContaining('--pipeline b') as string,
    });
    expect(await plan(house, to, ['a', 'b'])).toMatchObject({ involved: ['a', 'b'] });
    expect(await plan(house, to)).toMatchObject({ involved: ['a', 'b'] });
  });
});

describe('a state whose files were swept', () => {
  it.each(['metadata', 'manifest list', 'data file'])('is refused: a %s is gone', async (what) => {
    const house = await memoryLake();
    const a = await house.addPipeline('a');
    const to = await house.batch(a, 10n);
    const then = await needTable(house.lake, to, a.table);
    const [file] = (await planScan(house.lake, then)).files;
    await house.compact(a.table);
    await house.batch(a, 20n);
    const uri = {
      metadata: then.content.metadataLocation,
      'manifest list': then.metadata.snapshots[0]!['manifest-list'],
      'data file': file!.file.filePath,
    }[what]!;
    await house.lake.store.delete([uri]);
    // As another process sees it, without what this one has read.
    const lake = { ...house.lake, store: { ...house.lake.store } };
    const planned = await planRollback(lake, { from: await house.head(), to });
    await expect(requireRetained(lake, planned)).rejects.toMatchObject({ code: 'NOT_RETAINED' });
  });
});

test('bug: a state is refused, too, of whose earlier snapshots a manifest was swept and the list was not yet', async () => {
  const house = await memoryLake();
  const a = await house.addPipeline('a');
  await house.batch(a, 10n);
  await house.compact(a.table);
  const to = await house.head();
  const { metadata } = await needTable(house.lake, to, a.table);
  await house.batch(a, 20n);
  const planned = await planRollback(house.lake, { from: await house.head(), to });
  // As where main has expired them all since.
  const back = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  const tables = planned.tables.map((table) => ({ ...table, snapshots: { ...table.snapshots, added: back } }));
  const expired = { ...planned, tables: tables.filter(({ table }) => table === formatTableName(a.table)) };
  await requireRetained(house.lake, expired);
  const [first] = await manifestsOf(house.lake.store, metadata.snapshots[0]);
  await house.lake.store.delete([first!.path]);
  await expect(requireRetained(house.lake, expired)).rejects.toMatchObject({
    code: 'NOT_RETAINED',
    message: expect.stringContaining(`the first is ${first!.path}`) as string,
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
