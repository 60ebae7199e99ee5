import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { checkCopy } from '../../../engine/parquet-copy/check-copy';
import { copyParquet, type CopiedParquet, type CopySource } from '../../../engine/parquet-copy/copy-parquet';
import { planCopy } from '../../../engine/parquet-copy/plan-copy';
import { readFooter } from '../../../engine/parquet-copy/read-footer';
import { sha256Hex } from '../../../base/hash';
import { openTestEngine, type TestEngine } from '../support/session';
import { arrowRows, duckdbRows, footerFacts, indexedPages } from './support/compare-files';
import { everyTypeSql, inside, rewriteWasm, writeDuckdb, type DuckdbForm, type WasmForm } from './support/sample-files';

const anySize = { minRowGroupBytes: 0, minRowGroupRows: 0 };
const plainForm: DuckdbForm = {
  codec: 'zstd',
  rowGroupRows: 2048,
  dictionary: true,
  bloomFilters: true,
  version: 'V1',
};

let test_: TestEngine;
let files = 0;
beforeAll(async () => {
  test_ = await openTestEngine();
});
afterAll(() => test_.close());

const newFile = (): string => inside(test_, `file-${(files += 1)}.parquet`);

async function copy(paths: readonly string[]): Promise<CopiedParquet & { readonly path: string }> {
  const sources: CopySource[] = [];
  for (const path of paths) sources.push({ path, footer: await readFooter(path) });
  expect(
    planCopy(
      sources.map(({ footer }) => footer),
      anySize,
    ),
  ).toEqual({ copyable: true });
  const target = newFile();
  const copied = await copyParquet({ sources, target });
  await checkCopy({ sources, target });
  return { ...copied, path: target };
}

/** Whole and equal in the eyes of DuckDB, of parquet-wasm, and of the footers. */
async function expectSame(
  copied: CopiedParquet & { readonly path: string },
  sources: readonly string[],
): Promise<void> {
  const { session } = test_;
  const rows = await duckdbRows(session, sources);
  expect(copied.rows).toBe(rows.length);
  expect(await duckdbRows(session, [copied.path])).toEqual(rows);
  expect(await arrowRows([copied.path])).toEqual(await arrowRows(sources));
  expect(await footerFacts(session, [copied.path])).toEqual(await footerFacts(session, sources));
  const bytes = await readFile(copied.path);
  expect([copied.sizeBytes, copied.sha256]).toEqual([bytes.length, sha256Hex(bytes)]);
  const { rowGroups } = await readFooter(copied.path);
  expect(copied.splitOffsets).toEqual(rowGroups.map(({ chunks }) => chunks[0]!.pages.start));
}

const anyForm: fc.Arbitrary<DuckdbForm> = fc.record({
  codec: fc.constantFrom('zstd', 'snappy', 'gzip', 'uncompressed'),
  rowGroupRows: fc.constantFrom(2048, 4096, 100_000),
  dictionary: fc.boolean(),
  bloomFilters: fc.boolean(),
  // It is also the file's declared format version, of which a table has one.
  version: fc.constant('V1'),
});
const anyCuts = fc.array(fc.integer({ min: 0, max: 4500 }), { minLength: 2, maxLength: 5 });

/** Ranges of row numbers, one a file; some files have no rows. */
function rangesOf(cuts: readonly number[]): readonly (readonly [number, number])[] {
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((to, index) => [sorted[index]!, to] as const);
}

test('files of DuckDB, each in a form of its own, become one with the same rows in order and the same statistics', async () => {
  await fc.assert(
    fc.asyncProperty(anyCuts, fc.array(anyForm, { minLength: 4, maxLength: 4 }), async (cuts, forms) => {
      const sources: string[] = [];
      for (const [index, [from, to]] of rangesOf(cuts).entries())
        sources.push(await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(from, to), form: forms[index]! }));
      if (cuts.every((cut) => cut === cuts[0])) return;
      await expectSame(await copy(sources), sources);
    }),
    { numRuns: 8 },
  );
}, 120_000);

test('files with page indexes, which hold places of pages, keep them right', async () => {
  const anyWasm: fc.Arbitrary<WasmForm> = fc.record({
    codec: fc.constantFrom('ZSTD', 'SNAPPY', 'UNCOMPRESSED'),
    rowGroupRows: fc.constantFrom(500, 3000, 100_000),
    dictionary: fc.boolean(),
    statistics: fc.constantFrom('Page', 'Chunk', 'None'),
  });
  await fc.assert(
    fc.asyncProperty(anyCuts, fc.array(anyWasm, { minLength: 4, maxLength: 4 }), async (cuts, forms) => {
      const sources: string[] = [];
      for (const [index, [from, to]] of rangesOf(cuts).entries()) {
        const rows = await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(from, to + 1), form: plainForm });
        sources.push(await rewriteWasm(rows, newFile(), forms[index]!));
      }
      const copied = await copy(sources);
      await expectSame(copied, sources);
      const pages = await Promise.all(sources.map(indexedPages));
      expect(await indexedPages(copied.path)).toBe(pages.reduce((sum, count) => sum + count, 0));
      expect(pages.every((count) => count > 0)).toBe(true);
    }),
    { numRuns: 4 },
  );
}, 120_000);

test('bloom filters stay where readers find them', async () => {
  const form = { ...plainForm, bloomFilters: true };
  const sources: string[] = [];
  for (const from of [0, 3000, 6000])
    sources.push(await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(from, from + 3000), form }));
  const copied = await copy(sources);
  const excluded = async (file: string, n: number): Promise<readonly unknown[]> =>
    (
      await test_.session.rows<{ out: boolean }>(
        `SELECT bloom_filter_excludes AS out FROM parquet_bloom_probe('${file}', 'n', ${n}) ORDER BY row_group_id`,
      )
    ).map(({ out }) => out);
  for (const n of [5, 42, 99, 100, 12_345]) {
    const apart = (await Promise.all(sources.map((file) => excluded(file, n)))).flat();
    expect(await excluded(copied.path, n)).toEqual(apart);
    if (n >= 100) expect(apart).toContain(true);
    else expect(apart).not.toContain(true);
  }
});

test('page indexes that only some files have are left out of the copy', async () => {
  const { session } = test_;
  const rows = await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(0, 3000), form: plainForm });
  const wasm = await rewriteWasm(rows, newFile(), {
    codec: 'ZSTD',
    rowGroupRows: 1000,
    dictionary: true,
    statistics: 'Page',
  });
  // A copy of one file with its indexes dropped, by way of a neighbour that has none, is such a file.
  const [withIndex, copied] = [await readFooter(wasm), await copy([wasm, wasm])];
  expect(await indexedPages(copied.path)).toBe(2 * (await indexedPages(wasm)));
  const { footer: bare } = { footer: { ...withIndex, rowGroups: withIndex.rowGroups.map(withoutIndexes) } };
  const target = newFile();
  const sources = [
    { path: wasm, footer: bare },
    { path: wasm, footer: withIndex },
  ];
  await copyParquet({ sources, target });
  expect(await indexedPages(target)).toBe(0);
  expect(await duckdbRows(session, [target])).toEqual(await duckdbRows(session, [wasm, wasm]));
  for (const { chunks } of (await readFooter(target)).rowGroups)
    for (const { columnIndex, offsetIndex } of chunks)
      expect([columnIndex, offsetIndex]).toEqual([undefined, undefined]);
});

const withoutIndexes = (group: CopySource['footer']['rowGroups'][number]): typeof group => ({
  ...group,
  chunks: group.chunks.map((chunk) => ({ ...chunk, columnIndex: undefined, offsetIndex: undefined })),
});

test('equal files in equal order give equal bytes; a copy of copies is the copy of all', async () => {
  const sources: string[] = [];
  for (const from of [0, 3000, 6000, 9000])
    sources.push(await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(from, from + 3000), form: plainForm }));
  const [one, two] = [await copy(sources), await copy(sources)];
  expect(two.sha256).toBe(one.sha256);
  expect((await copy([...sources].reverse())).sha256).not.toBe(one.sha256);
  const halves = [await copy(sources.slice(0, 2)), await copy(sources.slice(2))];
  expect((await copy(halves.map(({ path }) => path))).sha256).toBe(one.sha256);
});

test('a copy that fails leaves no file, and a cancelled one stops', async () => {
  const source = await writeDuckdb(test_, { file: newFile(), sql: everyTypeSql(0, 3000), form: plainForm });
  const footer = await readFooter(source);
  const target = newFile();
  const grown = { ...footer, fileSizeBytes: footer.fileSizeBytes + 1 };
  await expect(
    copyParquet({
      sources: [
        { path: source, footer },
        { path: source, footer: grown },
      ],
      target,
    }),
  ).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  expect(existsSync(target)).toBe(false);
  const signal = AbortSignal.abort(new Error('cancelled'));
  await expect(copyParquet({ sources: [{ path: source, footer }], target, signal })).rejects.toThrow('cancelled');
  expect(existsSync(target)).toBe(false);
});
