import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canonicalJson } from '../../../base/json';
import { loadConfig } from '../../../base/config';
import { checkCopy } from '../../../engine/parquet-copy/check-copy';
import { copyGroup } from '../../../engine/parquet-copy/copy-group';
import { copyParquet, type CopySource } from '../../../engine/parquet-copy/copy-parquet';
import { planCopy } from '../../../engine/parquet-copy/plan-copy';
import { readFooter } from '../../../engine/parquet-copy/read-footer';
import { commitTables } from '../../../lake/commit';
import { createTables, metadataFor } from '../../../lake/create-table';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { toPlain } from '../../../lake/iceberg/plain-value';
import { currentSchema } from '../../../lake/iceberg/metadata';
import type { DataFile } from '../../../lake/iceberg/types';
import { closeLake, needTable, openLake, type Lake } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { stageChange, type TableChange } from '../../../lake/stage';
import { openTestEngine, type TestEngine } from '../../engine/support/session';
import { everyTypeSql, inside, writeDuckdb } from '../../engine/parquet-copy/support/sample-files';
import { duckdbRows, footerFacts, indexedPages } from '../../engine/parquet-copy/support/compare-files';
import { allTypes, printed, row, writeRows } from '../lake/all-types';
import { readWithPyIceberg, runPython } from '../lake/pyiceberg';

/** What is merged by copying column chunks is judged by pyarrow and by PyIceberg: they must not see the difference. */
const anySize = { minRowGroupBytes: 0, minRowGroupRows: 0 };
const script = path.join(__dirname, 'merge_files.py');

let test_: TestEngine;
beforeAll(async () => {
  test_ = await openTestEngine();
});
afterAll(() => test_.close());

async function merge(files: readonly string[]): Promise<string> {
  const sources: CopySource[] = [];
  for (const file of files) sources.push({ path: file, footer: await readFooter(file) });
  expect(
    planCopy(
      sources.map(({ footer }) => footer),
      anySize,
    ),
  ).toEqual({ copyable: true });
  const target = inside(test_, `merged-${randomBytes(4).toString('hex')}.parquet`);
  await copyParquet({ sources, target });
  await checkCopy({ sources, target });
  return target;
}

async function judgedByPyarrow(
  files: readonly string[],
  target: string,
): Promise<{ rows: number; differences: string[] }> {
  return JSON.parse(await runPython(script, { mode: 'compare', files, target })) as {
    rows: number;
    differences: string[];
  };
}

test.each<[string, object]>([
  ['as it writes by default', {}],
  [
    'zstd, with page indexes and page checksums',
    { compression: 'zstd', write_page_index: true, write_page_checksum: true },
  ],
  ['with bloom filters and page indexes', { write_page_index: true, bloom_filter_options: { id: true, name: true } }],
  [
    'version 2 pages, no dictionaries, no statistics',
    { data_page_version: '2.0', use_dictionary: false, write_statistics: false },
  ],
  [
    'version 1.0, uncompressed, without the Arrow schema',
    { version: '1.0', compression: 'none', store_schema: false, write_page_index: true },
  ],
])(
  'pyarrow finds its own files in the merged one: %s',
  async (_, options) => {
    const files = [0, 1, 2].map((index) => inside(test_, `pa-${randomBytes(4).toString('hex')}-${index}.parquet`));
    const request = {
      mode: 'write',
      files,
      rows: 1500,
      options: { row_group_size: 600, data_page_size: 2000, ...options },
    };
    await runPython(script, request);
    const target = await merge(files);
    expect(await judgedByPyarrow(files, target)).toEqual({ rows: 4500, differences: [] });
    expect(await duckdbRows(test_.session, [target])).toEqual(await duckdbRows(test_.session, files));
    expect(await footerFacts(test_.session, [target])).toEqual(await footerFacts(test_.session, files));
    const pages = await Promise.all(files.map(indexedPages));
    expect(await indexedPages(target)).toBe(pages.reduce((sum, count) => sum + count, 0));
    if ('write_page_index' in options) expect(pages[0]).toBeGreaterThan(10);
  },
  60_000,
);

test('pyarrow finds the files of DuckDB in the merged one', async () => {
  const files: string[] = [];
  for (const from of [0, 3000, 6000]) {
    const form = { codec: 'zstd', rowGroupRows: 2048, dictionary: true, bloomFilters: true, version: 'V1' } as const;
    const file = inside(test_, `pa-duckdb-${from}.parquet`);
    files.push(await writeDuckdb(test_, { file, sql: everyTypeSql(from, from + 3000), form }));
  }
  expect(await judgedByPyarrow(files, await merge(files))).toEqual({ rows: 9000, differences: [] });
}, 60_000);

describe('a table whose files were merged by copying', () => {
  const config = loadConfig();
  const run = `c${randomBytes(5).toString('hex')}`;
  const name = { namespace: `copied_${run}`, name: 'all_types' };
  const opened = openLake(config);
  const lake: Lake = { ...opened, mainBranch: `copied-${run}` };
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-copied-'));
    const main = await ensureFirstCommit(opened);
    await lake.nessie.createRef({ name: lake.mainBranch, type: 'BRANCH', from: { name: main.name, hash: main.hash } });
    await createTables(lake, [{ name, metadata: metadataFor(lake, { ...allTypes, name }, Date.now()) }], 'create');
  }, 60_000);
  afterAll(async () => {
    const ref = await lake.nessie.tryGetRef(lake.mainBranch);
    if (ref) await lake.nessie.deleteRef(ref);
    const left: string[] = [];
    for await (const { uri } of lake.store.list(`${lake.warehouse}/${name.namespace}/`)) left.push(uri);
    await lake.store.delete(left);
    await closeLake(opened);
    await rm(directory, { recursive: true, force: true });
  });

  const head = async () => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    return { hash, table: await needTable(lake, hash, name) };
  };
  const apply = async (label: string, change: TableChange): Promise<void> => {
    const { hash, table } = await head();
    const staged = await stageChange(lake, table, change, { planId: label, timestampMs: Date.now() });
    const commit = { branch: lake.mainBranch, baseHash: hash, staged: [staged], message: label };
    expect(await commitTables(lake, commit)).toMatchObject({ outcome: 'committed' });
  };

  test('reads the same in PyIceberg, rows and filters, from fewer files', async () => {
    for (const batch of [0, 1, 2]) {
      const rows = Array.from({ length: 40 }, (_, index) => row(batch * 40 + index));
      const { table } = await head();
      const written = await writeRows(lake.store, table.metadata, `append-${batch}`, rows);
      await apply(`append-${batch}`, { operation: 'append', added: written.map(({ file }) => file) });
    }
    const filters = { low: 'id < 30', name: "name == 'beta'", price: "price > '50.000'", none: 'id > 100000' };
    const read = async () =>
      readWithPyIceberg({ mode: 'static', metadata: (await head()).table.content.metadataLocation, filters });
    const before = await read();
    expect(before.rows).toEqual(Array.from({ length: 120 }, (_, index) => printed(row(index))));

    const { table } = await head();
    const { files } = await planScan(lake, table);
    const partitions = new Map<string, DataFile[]>();
    for (const { file } of files) {
      const key = canonicalJson(file.partition.map(toPlain));
      partitions.set(key, [...(partitions.get(key) ?? []), file]);
    }
    const groups = [...partitions.values()].filter((group) => group.length > 1);
    expect(groups.length).toBeGreaterThan(3);
    const added: DataFile[] = [];
    for (const [index, group] of groups.entries()) {
      const local = await Promise.all(
        group.map(async (dataFile, at) => {
          const localPath = path.join(directory, `${index}-${at}.parquet`);
          await lake.store.getToFile(dataFile.filePath, localPath);
          return { dataFile, localPath };
        }),
      );
      const schema = currentSchema(table.metadata);
      const input = {
        files: local,
        schema,
        folders: [`group-${index}`],
        directory,
        namePrefix: 'copied',
        rule: anySize,
      };
      const result = await copyGroup(input);
      if (result.way !== 'copied') throw new Error(result.why);
      const filePath = `${table.metadata.location}/${result.file.relativePath}`;
      await lake.store.putFile(filePath, result.file.localPath, { ifAbsent: true });
      added.push({ ...result.file.dataFile, filePath });
    }
    const removed = groups.flat().map(({ filePath }) => filePath);
    await apply('compact', { operation: 'replace', added, removed });

    const after = await read();
    expect(after.rows).toEqual(before.rows);
    expect(after.files).toBe(before.files - removed.length + added.length);
    for (const [label, { ids }] of Object.entries(before.filters))
      expect([label, after.filters[label]!.ids]).toEqual([label, ids]);
    expect(after.filters['none']!.files).toBe(0);
    expect(after.snapshots.map(({ operation }) => operation)).toEqual(['append', 'append', 'append', 'replace']);
  }, 120_000);
});
