import { currentSnapshot } from '../../lake/iceberg/metadata';
import type { LoadedTable } from '../../lake/lake';
import { needTable } from '../../lake/lake';
import { scanWidth } from '../../lake/manifest-cluster';
import { manifestsOf } from '../../lake/manifests';
import { publishChange } from '../../lake/publish-change';
import { rewriteManifests } from '../../lake/rewrite-manifests';
import { planScan } from '../../lake/scan';
import { stageChange } from '../../lake/stage';
import { dataFile } from './fixtures';
import { newWorld } from './sweep/world';
import type { SweptWorld } from './sweep/world';

/** `commits` commits, each with a file in every one of `days` partitions: a manifest that spans all of them. */
async function spread(commits: number, days: number): Promise<SweptWorld> {
  const world = await newWorld(['events']);
  const [table] = world.tables;
  for (let i = 0; i < commits; i += 1) {
    const added = Array.from({ length: days }, (_, day) => ({
      ...dataFile({ name: 'x', partition: [20_000 + day] }),
      filePath: `s3://lake/db/events/data/${i}-${day}.parquet`,
    }));
    await publishChange(world.lake, {
      tables: [table!],
      kind: 'batch',
      id: `b${i}`,
      message: `b${i}`,
      stage: async (tables) => [
        await stageChange(
          world.lake,
          [...tables.values()][0]!,
          { operation: 'append', added },
          { planId: `b${i}`, timestampMs: world.now() },
        ),
      ],
    });
  }
  return world;
}

const main = async ({ lake, tables }: SweptWorld): Promise<LoadedTable> =>
  needTable(lake, (await lake.nessie.getRef('main')).hash, tables[0]!);
const rewrite = (
  world: SweptWorld,
  input: { readonly always?: boolean; readonly dryRun?: boolean; readonly id?: string } = {},
) => rewriteManifests(world.lake, { table: world.tables[0]!, id: 'run', nowMs: world.now(), ...input });

describe('rewriting manifests', () => {
  test('clusters by partition and changes no file, number or row', async () => {
    const world = await spread(30, 6);
    const before = await main(world);
    const files = async (table: LoadedTable) =>
      (await planScan(world.lake, table)).files
        .map(({ file, dataSequenceNumber, addedSnapshotId }) => ({ file, dataSequenceNumber, addedSnapshotId }))
        .sort((a, b) => (a.file.filePath < b.file.filePath ? -1 : 1));
    const target = { 'commit.manifest.target-size-bytes': '8000' };
    await publishChange(world.lake, {
      tables: world.tables,
      kind: 'evolution',
      id: 'small',
      message: 'small manifests',
      stage: async (tables) => [
        await stageChange(
          world.lake,
          [...tables.values()][0]!,
          { operation: 'none', properties: target },
          { planId: 's', timestampMs: world.now() },
        ),
      ],
    });
    const result = await rewrite(world);
    expect(result).toMatchObject({ outcome: 'published', before: { manifests: 30, perScan: 30 } });
    expect(result.after.perScan).toBeLessThanOrEqual(5);
    const after = await main(world);
    expect(await files(after)).toEqual(await files(before));
    const snapshot = currentSnapshot(after.metadata)!;
    expect(snapshot.summary).toMatchObject({
      operation: 'replace',
      'total-data-files': '180',
      'total-records': '1800',
      'manifests-replaced': '30',
      'manifests-kept': '0',
      'manifests-created': String(result.after.manifests),
      'sluice.manifests': 'run',
    });
    const manifests = await manifestsOf(world.lake.store, snapshot);
    expect(scanWidth(manifests, after.metadata)).toBe(result.after.perScan);
    for (const manifest of manifests) expect([manifest.addedFiles, manifest.deletedFiles]).toEqual([0, 0]);
    expect(manifests.reduce((sum, { existingFiles }) => sum + existingFiles, 0)).toBe(180);
    const one = await planScan(world.lake, after, {
      ranges: [{ column: 'at', min: 20_003n * 86_400_000_000n, max: 20_003n * 86_400_000_000n }],
    });
    expect([one.files.length, one.manifestsRead <= 5]).toEqual([30, true]);
  });

  test('is left alone where scans open few, where it would not help, and on a dry run', async () => {
    const few = await spread(5, 2);
    expect(await rewrite(few)).toMatchObject({ outcome: 'fine', before: { perScan: 5 } });
    const many = await spread(25, 1);
    const head = (await many.lake.nessie.getRef('main')).hash;
    expect(await rewrite(many, { dryRun: true })).toMatchObject({ outcome: 'nothing', after: { manifests: 1 } });
    expect((await many.lake.nessie.getRef('main')).hash).toBe(head);
    expect(await rewrite(many)).toMatchObject({ outcome: 'published' });
    expect(await rewrite(many, { id: 'again' })).toMatchObject({ outcome: 'fine', before: { manifests: 1 } });
  });

  test('run again with the same id after its commit it does nothing', async () => {
    const world = await spread(25, 1);
    await rewrite(world, { always: true });
    const { metadata } = await main(world);
    await rewrite(world, { always: true });
    expect((await main(world)).metadata['current-snapshot-id']).toBe(metadata['current-snapshot-id']);
  });

  test('a table that is not there is missing, not an error', async () => {
    const world = await newWorld(['events']);
    expect(
      await rewriteManifests(world.lake, { table: { namespace: 'db', name: 'no' }, id: 'x', nowMs: 1 }),
    ).toMatchObject({ outcome: 'missing' });
  });
});
