import { readManifestList } from '../../lake/iceberg/manifest-list';
import { currentSnapshot } from '../../lake/iceberg/metadata';
import { formatTableMetadata, parseTableMetadata } from '../../lake/iceberg/metadata-json';
import { decodeValue } from '../../lake/iceberg/values';
import type { LoadedTable } from '../../lake/lake';
import { manifestsOf, openManifest } from '../../lake/manifests';
import { memoryStore } from '../../lake/objects/memory-store';
import type { ObjectStore } from '../../lake/objects/object-store';
import { planScan } from '../../lake/scan';
import { stageChange } from '../../lake/stage';
import { bench, dataFile, location, newTable } from './fixtures';

const names = async (store: ObjectStore, table: LoadedTable): Promise<readonly string[]> =>
  (await planScan({ store }, table)).files
    .map(({ file }) => file.filePath.slice(`${location}/data/`.length, -'.parquet'.length))
    .sort();

const append = (...files: string[]) => ({
  operation: 'append' as const,
  added: files.map((name) => dataFile({ name })),
});
const path = (name: string): string => `${location}/data/${name}.parquet`;

describe('append', () => {
  test('adds one manifest and carries the others over verbatim', async () => {
    const { store, change } = bench();
    const one = await change(newTable(), append('a'), 'p1');
    const two = await change(one, append('b', 'c'), 'p2');
    const [before, after] = [
      await manifestsOf(store, currentSnapshot(one.metadata)),
      await manifestsOf(store, currentSnapshot(two.metadata)),
    ];
    expect(after).toHaveLength(2);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toMatchObject({
      addedFiles: 2,
      addedRows: 20n,
      sequenceNumber: 2n,
      minSequenceNumber: 2n,
      existingFiles: 0,
      deletedFiles: 0,
    });
    expect(decodeValue('date', after[1]!.partitions![0]!.lowerBound!)).toBe(19_700);
    expect(await names(store, two)).toEqual(['a', 'b', 'c']);
  });

  test('counts in the summary add up over snapshots', async () => {
    const { change } = bench();
    const one = await change(newTable(), { ...append('a'), summary: { 'sluice.batch': '1' } }, 'p1');
    const two = await change(one, append('b', 'c'), 'p2');
    expect(currentSnapshot(one.metadata)?.summary).toMatchObject({
      operation: 'append',
      'sluice.batch': '1',
      'added-records': '10',
      'total-records': '10',
    });
    expect(currentSnapshot(two.metadata)?.summary).toEqual({
      operation: 'append',
      'added-data-files': '2',
      'added-records': '20',
      'added-files-size': '2000',
      'total-data-files': '3',
      'total-records': '30',
      'total-files-size': '3000',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'changed-partition-count': '1',
      'manifests-created': '1',
      'manifests-kept': '1',
      'manifests-replaced': '0',
      'engine-name': 'sluice',
    });
  });

  test('keeps the whole snapshot history, every snapshot readable', async () => {
    const { store, change } = bench();
    let table = newTable();
    for (const name of ['a', 'b', 'c']) table = await change(table, append(name), name);
    expect(table.metadata.snapshots.map((snapshot) => snapshot['sequence-number'])).toEqual([1n, 2n, 3n]);
    expect(table.metadata.snapshots.map((snapshot) => snapshot['parent-snapshot-id'])).toEqual([
      undefined,
      table.metadata.snapshots[0]!['snapshot-id'],
      table.metadata.snapshots[1]!['snapshot-id'],
    ]);
    const first = await planScan({ store }, table, { snapshotId: table.metadata.snapshots[0]!['snapshot-id'] });
    expect(first.files.map(({ file }) => file.filePath)).toEqual([path('a')]);
  });

  test("takes the plan's clock, but time never goes back", async () => {
    const { change } = bench();
    const one = await change(newTable(), append('a'), 'p1', 1_700_000_500_000);
    const two = await change(one, append('b'), 'p2', 1_600_000_000_000);
    expect([one, two].map((table) => table.metadata['last-updated-ms'])).toEqual([
      1_700_000_500_000, 1_700_000_500_001,
    ]);
    expect(currentSnapshot(two.metadata)?.['timestamp-ms']).toBe(1_700_000_500_001);
  });
});

describe('equal input gives equal bytes', () => {
  test('two attempts write the same objects under the same names', async () => {
    const attempts = await Promise.all(
      [memoryStore(), memoryStore()].map(async (store) => {
        const one = await stageChange({ store }, newTable(), append('a', 'b'), { planId: 'p1', timestampMs: 1 });
        const table = { name: one.name, content: one.content, metadata: one.metadata };
        await stageChange(
          { store },
          table,
          { operation: 'overwrite', removed: [path('a')], added: [dataFile({ name: 'c' })] },
          { planId: 'p2', timestampMs: 2 },
        );
        const objects: [string, string][] = [];
        for await (const { uri } of store.list(location))
          objects.push([uri, (await store.get(uri)).toString('base64')]);
        return objects;
      }),
    );
    expect(attempts[0]).toHaveLength(7); // manifest, list, metadata; then rewritten and new manifest, list, metadata
    expect(attempts[0]).toEqual(attempts[1]);
  });

  test('on a newer head the snapshot id and the manifest stay, list and metadata are new', async () => {
    const { store, change } = bench();
    const table = newTable();
    const first = await stageChange({ store }, table, append('mine'), { planId: 'mine', timestampMs: 5 });
    const head = await change(table, append('other'), 'other');
    const second = await stageChange({ store }, head, append('mine'), { planId: 'mine', timestampMs: 5 });
    expect(second.snapshotId).toBe(first.snapshotId);
    expect(second.objects[0]).toEqual(first.objects[0]);
    expect(second.objects.slice(1).map(({ uri }) => uri)).not.toEqual(first.objects.slice(1).map(({ uri }) => uri));
    expect(second.content.metadataLocation).toMatch(/\/00002-/);
  });

  test('a plan that was applied before is refused', async () => {
    const { store, change } = bench();
    const once = await change(newTable(), append('a'), 'p1');
    await expect(stageChange({ store }, once, append('a'), { planId: 'p1', timestampMs: 9 })).rejects.toMatchObject({
      code: 'CATALOG_CONFLICT',
    });
  });
});

describe('overwrite', () => {
  test('rewrites the manifests of removed files: kept entries EXISTING, removed ones DELETED, with their own numbers', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), append('a', 'b'), 'p1');
    table = await change(table, append('c'), 'p2');
    const firstId = table.metadata.snapshots[0]!['snapshot-id'];
    table = await change(
      table,
      { operation: 'overwrite', removed: [path('a')], added: [dataFile({ name: 'a2' })] },
      'p3',
    );
    expect(await names(store, table)).toEqual(['a2', 'b', 'c']);
    const own = table.content.snapshotId;
    const manifests = await manifestsOf(store, currentSnapshot(table.metadata));
    expect(
      manifests.map((m) => [m.addedFiles, m.existingFiles, m.deletedFiles, m.sequenceNumber, m.minSequenceNumber]),
    ).toEqual([
      [0, 1, 1, 3n, 1n],
      [1, 0, 0, 2n, 2n],
      [1, 0, 0, 3n, 3n],
    ]);
    const { entries } = await openManifest(store, manifests[0]!);
    expect(
      entries.map((e) => [e.status, e.snapshotId, e.sequenceNumber, e.fileSequenceNumber, e.file.filePath]),
    ).toEqual([
      [2, own, 1n, 1n, path('a')],
      [0, firstId, 1n, 1n, path('b')],
    ]);
    expect(currentSnapshot(table.metadata)?.summary).toMatchObject({
      operation: 'overwrite',
      'added-data-files': '1',
      'deleted-data-files': '1',
      'deleted-records': '10',
      'total-data-files': '3',
      'total-records': '30',
      'manifests-replaced': '1',
    });
  });

  test('a manifest whose files are all gone is dropped by the next snapshot', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), append('a'), 'p1');
    table = await change(table, { operation: 'delete', removed: [path('a')] }, 'p2');
    expect(await manifestsOf(store, currentSnapshot(table.metadata))).toHaveLength(1);
    table = await change(table, append('b'), 'p3');
    expect((await manifestsOf(store, currentSnapshot(table.metadata))).map((m) => m.addedFiles)).toEqual([1]);
    expect(await names(store, table)).toEqual(['b']);
    expect(currentSnapshot(table.metadata)?.summary['total-records']).toBe('10');
  });

  test('of a file that is not live is a conflict, and nothing is written', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), append('a'), 'p1');
    table = await change(table, { operation: 'delete', removed: [path('a')] }, 'p2');
    const before = await count(store);
    await expect(
      change(table, { operation: 'overwrite', removed: [path('a')], added: [dataFile({ name: 'x' })] }, 'p3'),
    ).rejects.toMatchObject({ code: 'CATALOG_CONFLICT', message: expect.stringContaining('a.parquet') });
    expect(await count(store)).toBe(before);
  });

  test('a file that is removed and added again under one name stays as it is', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), append('a', 'b'), 'p1');
    table = await change(
      table,
      {
        operation: 'overwrite',
        removed: [path('a'), path('b')],
        added: [dataFile({ name: 'a' }), dataFile({ name: 'c' })],
      },
      'p2',
    );
    expect(await names(store, table)).toEqual(['a', 'c']);
    expect(currentSnapshot(table.metadata)?.summary).toMatchObject({
      'added-data-files': '1',
      'deleted-data-files': '1',
    });
  });

  test('adding a file that is live already is a conflict', async () => {
    const { change } = bench();
    const table = await change(newTable(), append('a', 'b'), 'p1');
    await expect(
      change(table, { operation: 'overwrite', removed: [path('a')], added: [dataFile({ name: 'b' })] }, 'p2'),
    ).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
  });
});

describe('replace', () => {
  test('keeps every row and gives new files the sequence number of the start', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), append('a'), 'p1');
    table = await change(table, append('b'), 'p2');
    const start = table.metadata['last-sequence-number'];
    table = await change(table, append('later'), 'p3');
    table = await change(
      table,
      {
        operation: 'replace',
        removed: [path('a'), path('b')],
        added: [dataFile({ name: 'ab', rows: 20n })],
        replaceSequenceNumber: start,
      },
      'compact',
    );
    const scan = await planScan({ store }, table);
    expect(scan.files.map(({ file, dataSequenceNumber }) => [file.filePath, dataSequenceNumber])).toEqual([
      [path('later'), 3n],
      [path('ab'), 2n],
    ]);
    const manifests = await manifestsOf(store, currentSnapshot(table.metadata));
    expect(manifests[manifests.length - 1]).toMatchObject({ sequenceNumber: 4n, minSequenceNumber: 2n });
    expect(currentSnapshot(table.metadata)?.summary['total-records']).toBe('30');
  });

  test('with a sequence number that the table has not reached is refused: later deletes would pass the files by', async () => {
    const { change } = bench();
    const table = await change(newTable(), append('a'), 'p1');
    const ahead = { operation: 'replace', removed: [path('a')], added: [dataFile({ name: 'b' })] } as const;
    await expect(change(table, { ...ahead, replaceSequenceNumber: 2n }, 'compact')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('has reached 1') as string,
    });
  });

  test('that loses a row is refused', async () => {
    const { change } = bench();
    const table = await change(newTable(), append('a', 'b'), 'p1');
    await expect(
      change(
        table,
        { operation: 'replace', removed: [path('a'), path('b')], added: [dataFile({ name: 'ab', rows: 19n })] },
        'p2',
      ),
    ).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('20 rows go, 19 come') });
  });
});

describe('properties alone', () => {
  test('make a new metadata file without a snapshot', async () => {
    const { store, change } = bench();
    const one = await change(newTable(), append('a'), 'p1');
    const two = await change(one, { operation: 'none', properties: { 'sluice.x.progress': '{}' } }, 'p2');
    expect(two.content).toEqual({ ...one.content, metadataLocation: expect.stringMatching(/\/00002-/) });
    expect(two.metadata.snapshots).toEqual(one.metadata.snapshots);
    expect(two.metadata.properties['sluice.x.progress']).toBe('{}');
    expect(two.metadata['metadata-log'].map((entry) => entry['metadata-file'])).toEqual([
      newTable().content.metadataLocation,
      one.content.metadataLocation,
    ]);
    expect(await names(store, two)).toEqual(['a']);
  });

  test('on a table without snapshots leave it without', async () => {
    const { store, change } = bench();
    const table = await change(newTable(), { operation: 'none', properties: { a: 'b' } }, 'p1');
    expect(table.content.snapshotId).toBe(-1n);
    const text = (await store.get(table.content.metadataLocation)).toString();
    expect(text).toBe(formatTableMetadata(table.metadata));
    expect(parseTableMetadata(text, 'x').refs).toBeUndefined();
  });
});

describe('many small manifests', () => {
  test('are merged at commit.manifest.min-count-to-merge, and every file stays with its numbers', async () => {
    const { store, change } = bench();
    let table = newTable();
    table = {
      ...table,
      metadata: {
        ...table.metadata,
        properties: { ...table.metadata.properties, 'commit.manifest.min-count-to-merge': '5' },
      },
    };
    for (let i = 0; i < 6; i += 1) table = await change(table, append(`f${i}`), `p${i}`);
    const manifests = await manifestsOf(store, currentSnapshot(table.metadata));
    expect(manifests.map((m) => [m.addedFiles, m.existingFiles, m.sequenceNumber, m.minSequenceNumber])).toEqual([
      [0, 5, 6n, 1n],
      [1, 0, 6n, 6n],
    ]);
    const { files } = await planScan({ store }, table);
    expect(files.map(({ file, dataSequenceNumber }) => [file.filePath, dataSequenceNumber])).toEqual(
      Array.from({ length: 6 }, (_, i) => [path(`f${i}`), BigInt(i + 1)]),
    );
    expect(new Set(files.map(({ addedSnapshotId }) => addedSnapshotId)).size).toBe(6);
    expect(currentSnapshot(table.metadata)?.summary['manifests-replaced']).toBe('5');
  });

  test('a removal in one of them is not lost by the merge', async () => {
    const { store, change } = bench();
    let table = newTable();
    table = {
      ...table,
      metadata: {
        ...table.metadata,
        properties: { ...table.metadata.properties, 'commit.manifest.min-count-to-merge': '3' },
      },
    };
    table = await change(table, append('a'), 'p1');
    table = await change(table, append('b'), 'p2');
    table = await change(table, append('c', 'd'), 'p3');
    table = await change(
      table,
      { operation: 'overwrite', removed: [path('c')], added: [dataFile({ name: 'e' })] },
      'p4',
    );
    table = await change(table, append('f'), 'p5');
    expect(await names(store, table)).toEqual(['a', 'b', 'd', 'e', 'f']);
  });
});

test('changes that contradict themselves are refused', async () => {
  const { change } = bench();
  const table = await change(newTable(), append('a'), 'p1');
  await expect(change(table, { operation: 'append', removed: [path('a')] }, 'x')).rejects.toMatchObject({
    code: 'INTERNAL',
  });
  await expect(change(table, { operation: 'none', added: [dataFile({ name: 'b' })] }, 'x')).rejects.toMatchObject({
    code: 'INTERNAL',
  });
  await expect(change(table, append('b', 'b'), 'x')).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(
    change(table, { operation: 'append', added: [{ ...dataFile({ name: 'b' }), filePath: 'data/b.parquet' }] }, 'x'),
  ).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(
    change(table, { operation: 'append', added: [dataFile({ name: 'b', rows: 0n })] }, 'x'),
  ).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('the manifest list on the store is the one that the snapshot names', async () => {
  const { store, change } = bench();
  const table = await change(newTable(), append('a'), 'p1');
  const uri = currentSnapshot(table.metadata)!['manifest-list'];
  expect(uri).toMatch(new RegExp(`^${location}/metadata/snap-${table.content.snapshotId}-[0-9a-f]{16}\\.avro$`));
  expect(await readManifestList(await store.get(uri))).toHaveLength(1);
});

async function count(store: ObjectStore): Promise<number> {
  let found = 0;
  for await (const _ of store.list(location)) found += 1;
  return found;
}
