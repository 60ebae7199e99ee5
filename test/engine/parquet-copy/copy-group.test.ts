import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, truncate } from 'node:fs/promises';
import { auditFile } from '../../../engine/audit';
import { copyGroup, type CopyGroupInput } from '../../../engine/parquet-copy/copy-group';
import { filesRelation } from '../../../engine/read-files';
import { writeTable, type WrittenFile } from '../../../engine/write-parquet';
import { leafFields } from '../../../lake/iceberg/schema';
import type { DataFile } from '../../../lake/iceberg/types';
import { compareValues, decodeValue } from '../../../lake/iceberg/values';
import { openTestEngine, type TestEngine } from '../support/session';
import { listOf, mapOf, schemaOf, specOf, structOf } from '../support/tables';
import { everyTypeSql, inside } from './support/sample-files';

const schema = schemaOf({
  'id!': 'long',
  n: 'int',
  f: 'float',
  d: 'double',
  m: 'decimal(18,2)',
  w: 'decimal(38,10)',
  day: 'date',
  ts: 'timestamp',
  tz: 'timestamptz',
  s: 'string',
  u: 'uuid',
  b: 'binary',
  ok: 'boolean',
  nothing: 'long',
  l: listOf('string'),
  p: mapOf('string', 'long'),
  st: structOf({ a: 'int', 'odd "name"': 'string' }),
  deep: listOf(structOf({ k: mapOf('string', listOf('double')) })),
});
const byMonth = specOf(schema, [['tz', 'month']]);
const anySize = { minRowGroupBytes: 0, minRowGroupRows: 0 };

let test_: TestEngine;
let written: readonly WrittenFile[];
let runs = 0;
beforeAll(async () => {
  test_ = await openTestEngine();
  const files: WrittenFile[] = [];
  for (const from of [0, 900, 1800, 2700]) {
    const select = `${everyTypeSql(from, from + 900)} ORDER BY id`;
    const directory = inside(test_, 'sources');
    files.push(
      ...(await writeTable(test_.session, {
        select,
        schema,
        spec: byMonth,
        directory,
        namePrefix: 'raw',
        sortOrderId: 0,
      })),
    );
  }
  written = files;
});
afterAll(() => test_.close());

const group = (files: readonly { dataFile: DataFile; localPath: string }[], more: Partial<CopyGroupInput> = {}) =>
  copyGroup({
    files: files.map(({ dataFile, localPath }) => ({ dataFile, localPath })),
    schema,
    folders: ['tz_month=2026-01'],
    directory: inside(test_, `out-${(runs += 1)}`),
    namePrefix: 'compaction-7',
    rule: anySize,
    ...more,
  });
const refusal = async (...input: Parameters<typeof group>): Promise<string> => {
  const result = await group(...input);
  return result.way === 'refused' ? result.why : 'copied';
};
async function copied(...input: Parameters<typeof group>): Promise<WrittenFile> {
  const result = await group(...input);
  if (result.way !== 'copied') throw new Error(result.why);
  return result.file;
}

test('a copied file has what the manifest needs, as if its rows had been written anew', async () => {
  expect(new Set(written.map(({ dataFile }) => JSON.stringify(dataFile.partition))).size).toBe(1);
  const { dataFile, localPath, relativePath } = await copied(written);
  const all = `SELECT * FROM ${filesRelation(
    schema,
    written.map((file) => file.localPath),
  )}`;
  const [anew] = await writeTable(test_.session, {
    select: all,
    schema,
    spec: byMonth,
    directory: inside(test_, 'anew'),
    namePrefix: 'anew',
  });
  for (const key of ['recordCount', 'partition', 'specId', 'valueCounts', 'nullValueCounts', 'nanValueCounts'] as const)
    expect([key, dataFile[key]]).toEqual([key, anew!.dataFile[key]]);
  expect([...dataFile.columnSizes.keys()]).toEqual([...anew!.dataFile.columnSizes.keys()]);
  for (const { id, type } of leafFields(schema)) {
    // Bounds of a part may be shortened more than those of the whole: they hold these, and most are equal.
    for (const [side, sign] of [
      ['lowerBounds', -1],
      ['upperBounds', 1],
    ] as const) {
      const [is, exact] = [dataFile[side].get(id), anew!.dataFile[side].get(id)];
      expect([side, id, is !== undefined]).toEqual([side, id, exact !== undefined]);
      if (is && exact)
        expect(sign * compareValues(decodeValue(type, is), decodeValue(type, exact))).toBeGreaterThanOrEqual(0);
    }
  }
  expect(relativePath).toMatch(/^data\/tz_month=2026-01\/compaction-7-[0-9a-f]{16}\.parquet$/);
  expect(dataFile).toMatchObject({ content: 0, filePath: relativePath, fileFormat: 'PARQUET', sortOrderId: 0 });
  expect(dataFile.splitOffsets).toHaveLength(4);
  expect(dataFile.splitOffsets![0]).toBe(4n);
  const bytes = await readFile(localPath);
  expect(dataFile.fileSizeBytes).toBe(BigInt(bytes.length));
  await auditFile({ bytes, expected: dataFile, schema });
});

test('equal groups get equal names, whoever runs them', async () => {
  const [one, two] = [await copied(written), await copied(written)];
  expect(two.relativePath).toBe(one.relativePath);
  expect(await readFile(two.localPath)).toEqual(await readFile(one.localPath));
  expect((await copied([...written].reverse())).relativePath).not.toBe(one.relativePath);
});

test('files that are sorted each are not sorted together: no sort order is claimed', async () => {
  const sorted = written.map((file) => ({ ...file, dataFile: { ...file.dataFile, sortOrderId: 1 } }));
  expect((await copied(sorted)).dataFile.sortOrderId).toBeUndefined();
  expect((await copied([written[0]!, sorted[1]!])).dataFile.sortOrderId).toBeUndefined();
});

test('what cannot be copied is refused with the reason, and nothing is written', async () => {
  const directory = inside(test_, 'refused');
  const [one, two] = written as [WrittenFile, WrittenFile];
  const elsewhere = { ...two, dataFile: { ...two.dataFile, partition: [5] } };
  expect(await refusal([one, elsewhere], { directory })).toBe('files of several partitions');
  expect(await refusal([one, { ...two, dataFile: { ...two.dataFile, content: 1 } }], { directory })).toBe(
    'a delete file is among them',
  );
  expect(await refusal([], { directory })).toBe('no files');
  expect(await refusal(written, { directory, rule: { minRowGroupBytes: 1e9, minRowGroupRows: 1e9 } })).toContain(
    'row groups too small',
  );
  const cut = inside(test_, 'cut.parquet');
  await copyFile(two.localPath, cut);
  await truncate(cut, 5000);
  expect(await refusal([one, { ...two, localPath: cut }], { directory })).toMatch(
    /cut\.parquet: not a sound Parquet footer/,
  );
  expect(existsSync(directory)).toBe(false);
});

test('a file that is not what its manifest entry says stops the compaction', async () => {
  const [one, two] = written as [WrittenFile, WrittenFile];
  const wrong = (part: Partial<DataFile>) => ({ ...two, dataFile: { ...two.dataFile, ...part } });
  await expect(group([one, wrong({ recordCount: 5n })])).rejects.toMatchObject({
    code: 'AUDIT_FAILED',
    message: expect.stringContaining('says 5 rows'),
  });
  await expect(group([one, wrong({ fileSizeBytes: 5n })])).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
});

test('a cancelled copy leaves no draft', async () => {
  const directory = inside(test_, 'cancelled');
  await expect(group(written, { directory, signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow(
    'cancelled',
  );
  expect(await readdir(directory)).toEqual([]);
});
