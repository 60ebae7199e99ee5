import { metadataFor } from '../../lake/create-table';
import type { DataFile } from '../../lake/iceberg/types';
import type { Lake, LoadedTable } from '../../lake/lake';
import { memoryStore } from '../../lake/objects/memory-store';
import { stageChange } from '../../lake/stage';
import type { FileCache } from '../../lake/objects/file-cache';
import { checkScanSize, fetchFiles, planTables, viewDefinitions } from '../../router/plan-tables';

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

it('fetches and applies the delete files of another program: its rows do not come back', async () => {
  const { lake, table } = await tableWith([file('s3://b/1')], [file('s3://b/deletes', 1)]);
  const planned = await planTables(lake, [table]);
  expect(planned).toMatchObject([{ scan: { files: [{ deletes: [{ filePath: 's3://b/deletes' }] }] } }]);
  const asked: string[] = [];
  const cache = {
    fetch: async (uri: string) => void asked.push(uri),
    lease: async (uris: readonly string[]) => ({
      paths: uris.map((uri) => uri.replace('s3://b', '/cache')),
      release: async () => undefined,
    }),
  } as unknown as FileCache;
  const fetched = await fetchFiles(cache, planned, new AbortController().signal);
  expect(asked).toEqual(['s3://b/1', 's3://b/deletes']);
  const view = viewDefinitions(planned, fetched).at(-1)!;
  expect(view).toContain('ANTI JOIN');
  expect(view).toContain("read_parquet(['/cache/deletes'])");
});

it('a table without snapshots has no files', async () => {
  const { lake, table } = await tableWith();
  expect(await planTables(lake, [table])).toMatchObject([{ filesPruned: 0, scan: { files: [] } }]);
});
