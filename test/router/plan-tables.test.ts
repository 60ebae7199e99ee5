import { metadataFor } from '../../lake/create-table';
import type { DataFile } from '../../lake/iceberg/types';
import type { Lake, LoadedTable } from '../../lake/lake';
import { memoryStore } from '../../lake/objects/memory-store';
import { stageChange } from '../../lake/stage';
import { checkScanSize, planTables } from '../../router/plan-tables';

const none = new Map<number, never>();
const file = (filePath: string, content: 0 | 1 = 0): DataFile => ({
  content,
  filePath,
  fileFormat: 'PARQUET',
  specId: 0,
  partition: [],
  recordCount: 10n,
  fileSizeBytes: 1000n,
  columnSizes: none,
  valueCounts: none,
  nullValueCounts: none,
  nanValueCounts: none,
  lowerBounds: none,
  upperBounds: none,
});

async function tableWith(...commits: readonly (readonly DataFile[])[]): Promise<{ lake: Lake; table: LoadedTable }> {
  const lake = { store: memoryStore(), warehouse: 's3://b' } as unknown as Lake;
  const name = { namespace: 'db', name: 't' };
  let table: LoadedTable = {
    name,
    metadata: metadataFor(lake, { name, columns: [{ name: 'id', type: 'long', required: true }] }, 1),
    content: {
      metadataLocation: 's3://b/db/t/metadata/00000-x.metadata.json',
      snapshotId: -1n,
      schemaId: 0,
      specId: 0,
      sortOrderId: 0,
    },
  };
  for (const [index, added] of commits.entries()) {
    const { metadata, content } = await stageChange(
      lake,
      table,
      { added, operation: 'append' },
      { planId: `p${index}`, timestampMs: index + 2 },
    );
    table = { name, metadata, content };
  }
  return { lake, table };
}

it('counts files of every commit', async () => {
  const { lake, table } = await tableWith([file('s3://b/1')], [file('s3://b/2'), file('s3://b/3')]);
  const [planned] = await planTables(lake, [table]);
  expect(planned).toMatchObject({ filesPruned: 0, scan: { files: [{}, {}, {}] } });
  expect(() => checkScanSize([planned!], 3_000)).not.toThrow();
  expect(() => checkScanSize([planned!], 2_999)).toThrow('would read 3000 bytes');
});

it('refuses rows that another program deleted by delete files: they would come back', async () => {
  const { lake, table } = await tableWith([file('s3://b/1')], [file('s3://b/deletes', 1)]);
  await expect(planTables(lake, [table])).rejects.toMatchObject({
    code: 'UNSUPPORTED_TABLE',
    message: expect.stringContaining('db.t') as string,
  });
});

it('a table without snapshots has no files', async () => {
  const { lake, table } = await tableWith();
  expect(await planTables(lake, [table])).toMatchObject([{ filesPruned: 0, scan: { files: [] } }]);
});
