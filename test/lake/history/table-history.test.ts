import { diffFiles } from '../../../lake/history/file-diff';
import { diffMetadata } from '../../../lake/history/lake-diff';
import { tableFiles } from '../../../lake/history/table-files';
import { listSnapshots, tableHistory } from '../../../lake/history/table-snapshots';
import type { LoadedTable } from '../../../lake/lake';
import { bench, dataFile, newTable } from '../fixtures';

const file = (name: string, rows: bigint, day = 19_700) => dataFile({ name, rows, partition: [day], sizeBytes: 100n });

async function threeStates() {
  const { store, change } = bench();
  const empty = newTable();
  const first = await change(
    empty,
    { operation: 'append', added: [file('a', 10n), file('b', 20n, 19_701)] },
    'one',
    1_700_000_000_100,
  );
  const second = await change(
    first,
    { operation: 'append', added: [file('c', 5n)], summary: { 'sluice.batch': '2' } },
    'two',
    1_700_000_000_200,
  );
  const third = await change(
    second,
    { operation: 'overwrite', removed: [file('a', 10n).filePath], added: [file('d', 7n)] },
    'three',
    1_700_000_000_300,
  );
  return { store, empty, first, second, third };
}
const diff = async (store: Parameters<typeof diffFiles>[0]['store'], from: LoadedTable, to: LoadedTable, listed = 10) =>
  diffFiles({ store }, from.metadata, to.metadata, { listed });

describe('files between two states', () => {
  it('counts what came and went, and lists it', async () => {
    const { store, first, third } = await threeStates();
    const found = await diff(store, first, third);
    expect(found.added).toMatchObject({ files: 2, rows: 12n, sizeBytes: 200n, deleteFiles: 0 });
    expect(found.removed).toMatchObject({ files: 1, rows: 10n });
    expect(found.files.map(({ change, path, partition }) => `${change} ${path.split('/').pop()} ${partition}`)).toEqual(
      ['removed a.parquet at_day=2023-12-09', 'added c.parquet at_day=2023-12-09', 'added d.parquet at_day=2023-12-09'],
    );
  });

  it('is the other way round in the other direction', async () => {
    const { store, first, third } = await threeStates();
    const there = await diff(store, first, third, 0);
    const back = await diff(store, third, first, 0);
    expect(back.added).toEqual(there.removed);
    expect(back.removed).toEqual(there.added);
    expect(back.files).toEqual([]);
  });

  it('finds no difference in files whose manifests were merged', async () => {
    const { store, change } = bench();
    const merging = { 'commit.manifest.min-count-to-merge': '2' };
    const one = await change(newTable(), { operation: 'append', added: [file('a', 1n)], properties: merging }, 'one');
    const two = await change(one, { operation: 'append', added: [file('b', 2n)] }, 'two');
    const three = await change(two, { operation: 'append', added: [file('c', 4n)] }, 'three');
    expect(await diff(store, two, three)).toMatchObject({ added: { files: 1, rows: 4n }, removed: { files: 0 } });
    expect(await diff(store, three, three)).toMatchObject({ added: { files: 0 }, removed: { files: 0 }, files: [] });
  });

  it('takes a missing side as empty', async () => {
    const { store, second } = await threeStates();
    expect((await diffFiles({ store }, undefined, second.metadata, { listed: 0 })).added).toMatchObject({
      files: 3,
      rows: 35n,
    });
    expect((await diffFiles({ store }, second.metadata, undefined, { listed: 0 })).removed).toMatchObject({
      files: 3,
      rows: 35n,
    });
  });
});

it('tells snapshots and the kind of change from the metadata alone', async () => {
  const { first, third } = await threeStates();
  const [, , one] = third.metadata.snapshots;
  expect(diffMetadata(first.metadata, third.metadata)).toMatchObject({
    change: 'changed',
    schema: [],
    partition: null,
    snapshots: { added: third.metadata.snapshots.slice(1).map((snapshot) => snapshot['snapshot-id']), removed: [] },
  });
  expect(one).toBeDefined();
  expect(diffMetadata(undefined, first.metadata)).toMatchObject({ change: 'added' });
  expect(diffMetadata(first.metadata, { ...first.metadata, 'table-uuid': 'other' })).toMatchObject({
    change: 'replaced',
  });
});

describe('live files', () => {
  it('lists as many as asked for and counts all', async () => {
    const { store, second } = await threeStates();
    const found = await tableFiles({ store }, second, { limit: 2 });
    expect(found.files).toHaveLength(2);
    expect(found.totals).toEqual({ files: 3, deleteFiles: 0, rows: 35n, sizeBytes: 300n });
  });

  it('narrows to a partition as it is printed, and to an older snapshot', async () => {
    const { store, third } = await threeStates();
    const old = third.metadata.snapshots[0]!['snapshot-id'];
    const found = await tableFiles({ store }, third, { limit: 10, snapshotId: old, partition: 'at_day=2023-12-10' });
    expect(found).toMatchObject({ snapshotId: old, totals: { files: 1, rows: 20n } });
    expect(found.files[0]).toMatchObject({ partition: 'at_day=2023-12-10', rows: 20n, deletes: 0, content: 'data' });
  });

  it('names the partition fields there are, and the snapshots', async () => {
    const { store, third } = await threeStates();
    await expect(tableFiles({ store }, third, { limit: 1, partition: 'day=1' })).rejects.toThrow(
      'expected at_day=VALUE',
    );
    await expect(tableFiles({ store }, third, { limit: 1, snapshotId: 1n })).rejects.toMatchObject({
      code: 'UNSUPPORTED_TABLE',
    });
  });

  it('is empty for a table without a snapshot', async () => {
    const { store, empty } = await threeStates();
    expect(await tableFiles({ store }, empty, { limit: 1 })).toMatchObject({
      snapshotId: null,
      files: [],
      totals: { files: 0 },
    });
  });
});

describe('snapshots and history', () => {
  it('shows the newest first and marks the current one', async () => {
    const { third } = await threeStates();
    const found = listSnapshots(third.metadata);
    expect(found.map(({ operation, current }) => [operation, current])).toEqual([
      ['overwrite', true],
      ['append', false],
      ['append', false],
    ]);
    expect(found[1]).toMatchObject({ parentId: found[2]!.snapshotId, summary: { 'sluice.batch': '2' } });
  });

  it('knows which entries of the log lead to the current snapshot', async () => {
    const { third } = await threeStates();
    const [one, two] = third.metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
    // As an engine leaves it that set the table back to its first snapshot.
    const rolledBack = {
      ...third.metadata,
      'current-snapshot-id': one!,
      'snapshot-log': [...third.metadata['snapshot-log'], { 'timestamp-ms': 1_700_000_000_400, 'snapshot-id': one! }],
    };
    expect(tableHistory(third.metadata).map(({ isCurrentAncestor }) => isCurrentAncestor)).toEqual([true, true, true]);
    expect(tableHistory(rolledBack).map(({ isCurrentAncestor }) => isCurrentAncestor)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(tableHistory(rolledBack)[2]).toMatchObject({ snapshotId: two, parentId: one });
  });
});
