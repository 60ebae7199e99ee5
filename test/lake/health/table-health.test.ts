import { needTable } from '../../../lake/lake';
import { partitionText } from '../../../lake/health/partition-text';
import { spreadOf } from '../../../lake/health/spread';
import { tableHealth } from '../../../lake/health/table-health';
import { newWorld } from '../sweep/world';
import type { SweptWorld } from '../sweep/world';

const healthOf = async ({ lake, tables }: SweptWorld) =>
  tableHealth(lake, await needTable(lake, (await lake.nessie.getRef('main')).hash, tables[0]!));

test('tells files, partitions, manifests and snapshots, and what to do', async () => {
  const world = await newWorld(['events']);
  for (let i = 0; i < 25; i += 1) await world.append(world.tables, 2);
  const health = await healthOf(world);
  expect(health).toMatchObject({
    table: 'db.events',
    files: 50,
    rows: 500,
    sizeBytes: 500,
    smallShare: 1,
    toCompact: { files: 50, groups: 1 },
    deleteFiles: 0,
    partitions: {
      count: 1,
      files: { min: 50, median: 50, max: 50 },
      worst: [{ partition: 'at_day=2023-12-09', files: 50, rows: 500, sizeBytes: 500 }],
    },
    manifests: { count: 25, perScan: 25 },
    snapshots: { count: 25 },
  });
  expect(health.compactedMs).toBeUndefined();
  expect(health.metadataBytes).toBeGreaterThan(5000);
  expect(health.advice).toEqual([
    { problem: '50 files would be one after compaction', command: 'sluice compact db.events' },
    {
      problem: 'a query for one partition opens up to 25 manifests',
      command: 'sluice rewrite-manifests db.events',
    },
  ]);
});

test('has nothing to say of a table in good order, or of an empty one', async () => {
  const world = await newWorld(['events']);
  expect(await healthOf(world)).toMatchObject({ files: 0, smallShare: 0, advice: [] });
  await world.append(world.tables, 3);
  await world.compact(world.tables[0]!);
  const health = await healthOf(world);
  expect(health).toMatchObject({ files: 1, rows: 30, advice: [], compactedMs: expect.any(Number) });
});

test('partitions are spelled as people write them', () => {
  const field = (name: string, transform: string) => ({ name, transform, 'source-id': 1, 'field-id': 1000 });
  const fields = [
    field('d', 'day'),
    field('h', 'hour'),
    field('m', 'month'),
    field('y', 'year'),
    field('b', 'bucket[4]'),
  ];
  expect(partitionText({ 'spec-id': 0, fields }, [20_484, 491_620, 673, -1, null])).toBe(
    'd=2026-01-31, h=2026-01-31T04, m=2026-02, y=1969, b=null',
  );
  expect(partitionText({ 'spec-id': 0, fields: [] }, [])).toBe('');
});

test('least, median, most', () => {
  expect(spreadOf([5, 1, 9])).toEqual({ min: 1, median: 5, max: 9 });
  expect(spreadOf([])).toEqual({ min: 0, median: 0, max: 0 });
});
