import { readFile, writeFile } from 'node:fs/promises';
import { readFooter } from '../../../engine/parquet-copy/read-footer';
import { openTestEngine, type TestEngine } from '../support/session';
import { everyTypeSql, inside, writeDuckdb } from './support/sample-files';

let test_: TestEngine;
let sound: Buffer;
beforeAll(async () => {
  test_ = await openTestEngine();
  const form = { codec: 'zstd', rowGroupRows: 2048, dictionary: true, bloomFilters: true, version: 'V1' } as const;
  sound = await readFile(
    await writeDuckdb(test_, { file: inside(test_, 'sound.parquet'), sql: everyTypeSql(0, 5000), form }),
  );
});
afterAll(() => test_.close());

async function read(bytes: Buffer): ReturnType<typeof readFooter> {
  const file = inside(test_, 'read.parquet');
  await writeFile(file, bytes);
  return readFooter(file);
}

test('a footer is read with its rows, row groups and columns in their places', async () => {
  const footer = await read(sound);
  const [facts] = await test_.session.rows<{ rows: bigint; groups: bigint; elements: bigint }>(
    `SELECT num_rows AS rows, num_row_groups AS groups, (SELECT count(*) FROM parquet_schema('${inside(test_, 'sound.parquet')}')) AS elements FROM parquet_file_metadata('${inside(test_, 'sound.parquet')}')`,
  );
  expect([footer.rows, footer.rowGroups.length, footer.schema.length].map(BigInt)).toEqual([
    facts!.rows,
    facts!.groups,
    facts!.elements,
  ]);
  expect(footer.rowGroups[0]!.chunks.map(({ path }) => path)).toContain(
    'deep.list.element.k.key_value.value.list.element',
  );
});

test('a footer longer than the first read is read whole', async () => {
  const file = inside(test_, 'wide.parquet');
  const columns = Array.from(
    { length: 1500 },
    (_, index) => `${index} AS "a column with a long name, number ${index}"`,
  );
  await test_.session.run(`COPY (SELECT ${columns.join(', ')}) TO '${file}' (FORMAT parquet)`);
  expect((await readFooter(file)).rowGroups[0]!.chunks).toHaveLength(1500);
});

test.each<[string, (bytes: Buffer) => Buffer, string]>([
  ['an empty file', () => Buffer.alloc(0), 'a file of 0 bytes'],
  ['the magic alone', () => Buffer.from('PAR1PAR1'), 'a file of 8 bytes'],
  ['a text', () => Buffer.from('user_id,event_time\n1,2026-01-01\n'), 'expected PAR1: it may be cut'],
  ['a file cut at its end', (bytes) => bytes.subarray(0, bytes.length - 100), 'expected PAR1: it may be cut'],
  ['a file cut in its middle', (bytes) => bytes.subarray(0, bytes.length / 2), 'expected PAR1: it may be cut'],
  ['a file whose beginning is lost', (bytes) => bytes.subarray(1000), 'the file begins with'],
  [
    'a file with pages lost',
    (bytes) => Buffer.concat([bytes.subarray(0, 1000), bytes.subarray(bytes.length - 20_000)]),
    'outside 4 to',
  ],
  ['a footer longer than the file', (bytes) => tail(bytes, 0xffffffff), 'long in a file of'],
  ['a footer of no length', (bytes) => tail(bytes, 0), 'it ends in the middle of a value'],
  ['a footer that begins too late', (bytes) => tail(bytes, 500), 'not a sound Parquet footer'],
])('%s is CORRUPT_FILE, with path and reason', async (_, damage, reason) => {
  await expect(read(damage(sound))).rejects.toMatchObject({
    code: 'CORRUPT_FILE',
    message: expect.stringMatching(/read\.parquet: not a sound Parquet footer/),
    cure: expect.stringContaining('Restore'),
  });
  await expect(read(damage(sound))).rejects.toThrow(reason);
});

function tail(bytes: Buffer, length: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE(length, bytes.length - 8);
  return changed;
}

test('an encrypted footer is NOT_SUPPORTED', async () => {
  const changed = Buffer.concat([Buffer.from('PARE'), sound.subarray(4, -4), Buffer.from('PARE')]);
  await expect(read(changed)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});

test('a file that is not there is an error of the system, with its path', async () => {
  await expect(readFooter(inside(test_, 'missing.parquet'))).rejects.toMatchObject({ code: 'ENOENT' });
});
