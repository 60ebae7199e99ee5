import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex } from '../../base/hash';
import { auditFile } from '../../engine/audit';
import { filesRelation } from '../../engine/read-files';
import { writeTable, type WrittenFile } from '../../engine/write-parquet';
import { leafFields } from '../../lake/iceberg/schema';
import { applyTransform, parseTransform } from '../../lake/iceberg/transforms';
import type { DataFile, PartitionSpec, PrimitiveType, Schema } from '../../lake/iceberg/types';
import { decodeValue, type Value } from '../../lake/iceberg/values';
import { openTestEngine, type TestEngine } from './support/session';
import { fieldOf, listOf, mapOf, schemaOf, specOf, structOf, unpartitioned } from './support/tables';

const everything = schemaOf({
  'id!': 'long',
  i: 'int',
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
  l: listOf('string'),
  p: mapOf('string', 'long'),
  st: structOf({ a: 'int', 'odd "name"': 'string' }),
  deep: listOf(structOf({ k: mapOf('string', listOf('double')) })),
});
const everyRow = `
  SELECT 1::BIGINT AS id, -5 AS i, 1.5::FLOAT AS f, 'nan'::DOUBLE AS d, -1.50 AS m, 12345678901234567890.5 AS w, DATE '1960-02-29' AS day, TIMESTAMP '1969-12-31 23:59:59.999999' AS ts,
    TIMESTAMPTZ '2026-01-31 12:00:00.123456+00' AS tz, 'a long text beyond sixteen' AS s, 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID AS u, '\\xFF\\x00'::BLOB AS b, true AS ok,
    ['x', NULL] AS l, MAP {'k': 7::BIGINT} AS p, {'a': 1, 'odd "name"': 'z'} AS st, [{'k': MAP {'q': [1.5::DOUBLE]}}] AS deep
  UNION ALL SELECT 2, 9, -0.0, 3.25, 12.34, -0.0000000001, DATE '2026-01-31', NULL, TIMESTAMPTZ '0001-01-01 00:00:00+00', repeat('\u00e4', 700), '00000000-677c-4bbd-a479-3f349cb785e7', '\\x00'::BLOB, false, [], NULL, NULL, NULL
  UNION ALL SELECT 3, NULL, NULL, -1e300, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, MAP {}, {'a': NULL, 'odd "name"': NULL}, []
  ORDER BY id`;

describe('writeTable', () => {
  let test: TestEngine;
  let runs = 0;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const write = (
    select: string,
    schema: Schema,
    spec: PartitionSpec = unpartitioned,
    more: { targetRows?: number } = {},
  ): Promise<readonly WrittenFile[]> =>
    writeTable(test.session, {
      select,
      schema,
      spec,
      sortOrderId: 1,
      directory: path.join(test.directory, `write-${(runs += 1)}`),
      namePrefix: 'pipe-1',
      ...more,
    });

  const bounds = (file: DataFile, schema: Schema): Record<string, [Value | undefined, Value | undefined]> =>
    Object.fromEntries(
      leafFields(schema).flatMap(({ id, path: names, type }) => {
        const read = (bytes: Buffer | undefined) => (bytes === undefined ? undefined : decodeValue(type, bytes));
        const pair: [Value | undefined, Value | undefined] = [
          read(file.lowerBounds.get(id)),
          read(file.upperBounds.get(id)),
        ];
        return pair[0] === undefined && pair[1] === undefined ? [] : [[names.join('.'), pair]];
      }),
    );

  it('writes one file named by its content, with the counts and bounds of every column', async () => {
    const [file, ...others] = await write(everyRow, everything);
    expect(others).toEqual([]);
    const { localPath, relativePath, dataFile } = file!;
    const bytes = await readFile(localPath);
    expect(relativePath).toBe(`data/pipe-1-${sha256Hex(bytes).slice(0, 16)}.parquet`);
    expect(dataFile).toMatchObject({
      content: 0,
      filePath: relativePath,
      fileFormat: 'PARQUET',
      specId: 0,
      partition: [],
      recordCount: 3n,
      fileSizeBytes: BigInt(bytes.length),
      sortOrderId: 1,
    });
    const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;
    expect(bounds(dataFile, everything)).toEqual({
      id: [1n, 3n],
      i: [-5, 9],
      f: [-0, 1.5],
      d: [-1e300, 3.25],
      m: [-150n, 1234n],
      w: [-1n, 123456789012345678905000000000n],
      day: [-3594, 20484],
      ts: [-1n, -1n],
      tz: [micros('0001-01-01T00:00:00Z'), micros('2026-01-31T12:00:00Z') + 123456n],
      s: ['a long text beyo', `${'\u00e4'.repeat(15)}\u00e5`],
      u: [
        Buffer.from('00000000677c4bbda4793f349cb785e7', 'hex'),
        Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'),
      ],
      b: [Buffer.from([0]), Buffer.from([255, 0])],
      ok: [false, true],
      'st.a': [1, 1],
      'st.odd "name"': ['z', 'z'],
    });
    const ids = leafFields(everything).map(({ id }) => id);
    expect([...dataFile.valueCounts.keys()].sort((a, b) => a - b)).toEqual(ids);
    expect([...dataFile.columnSizes.keys()].sort((a, b) => a - b)).toEqual(ids);
    const nulls = Object.fromEntries(
      leafFields(everything).map(({ id, path: names }) => [names.join('.'), dataFile.nullValueCounts.get(id)]),
    );
    expect(nulls).toMatchObject({ id: 0n, i: 1n, ts: 2n, s: 1n, 'st.a': 2n, 'l.element': 3n });
    const nans = (name: string) => dataFile.nanValueCounts.get(fieldOf(everything, name).id);
    expect([nans('d'), nans('f'), nans('i')]).toEqual([1n, 0n, undefined]);
  });

  it('passes the audit by other code, and reads back the same rows', async () => {
    const [file] = await write(everyRow, everything);
    await auditFile({
      bytes: await readFile(file!.localPath),
      expected: file!.dataFile,
      schema: everything,
      columns: ['id', 'i', 'tz'],
    });
    expect(await test.session.rows(`FROM ${filesRelation(everything, [file!.localPath])} ORDER BY id`)).toEqual(
      await test.session.rows(`SELECT * FROM (${everyRow})`),
    );
  });

  it('equal rows give equal bytes, three times over, with two threads', async () => {
    await test.session.run(
      `CREATE OR REPLACE TEMP TABLE many AS SELECT i AS id, hash(i)::VARCHAR AS s, make_timestamptz(i * 1000000) AS tz, MAP {'a': i::VARCHAR, 'b': 'x'} AS p FROM range(130000) r(i)`,
    );
    const schema = schemaOf({ 'id!': 'long', s: 'string', tz: 'timestamptz', p: mapOf('string', 'string') });
    const spec = specOf(schema, [
      ['tz', 'day'],
      ['id', 'bucket[3]'],
    ]);
    const names = async (select: string, by: PartitionSpec) =>
      (await write(select, schema, by)).map(({ relativePath }) => relativePath);
    for (const [select, by] of [
      ['SELECT * FROM many', unpartitioned],
      ['SELECT * FROM many', spec],
      ['SELECT * FROM many WHERE id % 3 <> 0 ORDER BY s', unpartitioned],
    ] as const) {
      const first = await names(select, by);
      expect(await names(select, by)).toEqual(first);
      expect(await names(select, by)).toEqual(first);
      expect(new Set(first).size).toBe(first.length);
    }
  });

  it('keeps the order of its rows, within each partition too', async () => {
    const schema = schemaOf({ id: 'long', k: 'int' });
    await test.session.run(
      `CREATE OR REPLACE TEMP TABLE ordered AS SELECT (i * 7919) % 100000 AS id, (i % 20)::INTEGER AS k FROM range(100000) r(i)`,
    );
    for (const spec of [unpartitioned, specOf(schema, [['k', 'identity']]), specOf(schema, [['k', 'bucket[2]']])]) {
      for (const { localPath } of await write('SELECT * FROM ordered', schema, spec)) {
        const [row] = await test.session.rows<{ n: bigint }>(`
          SELECT count(*) AS n FROM (SELECT o.n < lag(o.n) OVER (ORDER BY f.file_row_number) AS back FROM read_parquet('${localPath}', file_row_number = true) f
          JOIN (SELECT id, row_number() OVER () AS n FROM ordered) o USING (id)) WHERE back`);
        expect(row!.n).toBe(0n);
      }
    }
  });

  it('no rows, no file', async () => {
    const schema = schemaOf({ id: 'long' });
    expect(await write('SELECT 1::BIGINT AS id WHERE false', schema)).toEqual([]);
    expect(await write('SELECT 1::BIGINT AS id WHERE false', schema, specOf(schema, [['id', 'bucket[4]']]))).toEqual(
      [],
    );
  });

  it('refuses a NULL in a required column', async () => {
    await expect(write('SELECT NULL::BIGINT AS id', schemaOf({ 'id!': 'long' }))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'column id is required, but 1 rows to be written have none',
    });
  });

  it('casts to the types of the table and does not round silently into them', async () => {
    const schema = schemaOf({ n: 'decimal(38,0)', x: 'decimal(20,0)' });
    const [file] = await write('SELECT sum(i) AS n, 18446744073709551615::UBIGINT AS x FROM range(10) r(i)', schema);
    expect(await test.session.rows(`FROM ${filesRelation(schema, [file!.localPath])}`)).toEqual([
      { n: '45', x: '18446744073709551615' },
    ]);
  });

  it("names the user's query in errors of its SQL", async () => {
    const schema = schemaOf({ n: 'int' });
    const input = {
      select: "SELECT 'x'::INTEGER AS n",
      schema,
      spec: unpartitioned,
      directory: test.directory,
      namePrefix: 'x',
    };
    await expect(writeTable(test.session, { ...input, userQuery: 'the window query of db.t' })).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(/^the window query of db\.t: .*Could not convert/s),
    });
  });

  it('splits above the target, one partition at a time', async () => {
    const schema = schemaOf({ id: 'long', k: 'int' });
    await test.session.run(
      `CREATE OR REPLACE TEMP TABLE split AS SELECT i AS id, (i % 2)::INTEGER AS k FROM range(10) r(i)`,
    );
    const files = await write('SELECT * FROM split', schema, specOf(schema, [['k', 'identity']]), { targetRows: 3 });
    expect(files.map(({ dataFile }) => [dataFile.partition, dataFile.recordCount])).toEqual([
      [[0], 3n],
      [[0], 2n],
      [[1], 3n],
      [[1], 2n],
    ]);
    const whole = await write('SELECT * FROM split', schema, unpartitioned, { targetRows: 4 });
    expect(whole.map(({ dataFile }) => dataFile.recordCount)).toEqual([4n, 4n, 2n]);
  });

  it('writes 400 days in one batch within its memory', async () => {
    const small = await openTestEngine({ memoryLimit: '200MB' });
    try {
      const schema = schemaOf({ 'id!': 'long', 'tz!': 'timestamptz', s: 'string' });
      await small.session.run(
        `CREATE TEMP TABLE days AS SELECT i AS id, make_timestamptz(((i * 7) % 400) * 86400000000 + i) AS tz, repeat(hash(i)::VARCHAR, 50) AS s FROM range(20000) r(i)`,
      );
      const files = await writeTable(small.session, {
        select: 'SELECT * FROM days',
        schema,
        spec: specOf(schema, [['tz', 'day']]),
        directory: path.join(small.directory, 'out'),
        namePrefix: 'x',
      });
      expect(files.map(({ dataFile }) => dataFile.partition[0])).toEqual(Array.from({ length: 400 }, (_, day) => day));
      expect(files[31]!.relativePath).toMatch(/^data\/tz_day=1970-02-01\/x-[0-9a-f]{16}\.parquet$/);
      expect(files.reduce((sum, { dataFile }) => sum + dataFile.recordCount, 0n)).toBe(20_000n);
    } finally {
      await small.close();
    }
  });
});

describe('partition tuples are those of lake/iceberg/transforms', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const micros =
    'make_timestamptz(v) FROM (VALUES (0), (-1), (1), (-62135596800000000), (253402300799999999), (1769860800123456), (-86400000000), (-86400000001), (951782400000000), (-2208988800000001)) t(v)';
  const sources: readonly (readonly [type: PrimitiveType, sql: string, transforms: readonly string[]])[] = [
    ['timestamptz', `SELECT ${micros}`, ['year', 'month', 'day', 'hour', 'bucket[7]', 'identity']],
    [
      'timestamp',
      `SELECT ${micros.replace('timestamptz', 'timestamp')}`,
      ['year', 'month', 'day', 'hour', 'bucket[7]', 'identity'],
    ],
    [
      'date',
      `SELECT DATE '1970-01-01' + v FROM (VALUES (0), (-1), (20484), (-719162), (-59), (365), (2932896)) t(v)`,
      ['year', 'month', 'day', 'bucket[7]', 'identity'],
    ],
    [
      'int',
      'SELECT v FROM (VALUES (0), (-1), (1), (34), (2147483647), (-2147483638)) t(v)',
      ['bucket[16]', 'truncate[10]', 'identity'],
    ],
    [
      'long',
      'SELECT v FROM (VALUES (0), (-1), (34), (9223372036854775807), (-9223372036854775800)) t(v)',
      ['bucket[16]', 'truncate[10]', 'truncate[1]', 'identity'],
    ],
    [
      'decimal(9,2)',
      'SELECT v::DECIMAL(9,2) FROM (VALUES (14.20), (-0.05), (0), (-10.65), (9999999.99)) t(v)',
      ['bucket[16]', 'truncate[50]', 'identity'],
    ],
    [
      'decimal(38,10)',
      "SELECT v::DECIMAL(38,10) FROM (VALUES ('-1234567890123456789012345678.0123456789'), ('0.0000000001')) t(v)",
      ['bucket[16]', 'truncate[50]', 'identity'],
    ],
    [
      'string',
      "SELECT v FROM (VALUES ('iceberg'), (''), ('äöü👍🏽xyz'), ('a''b/c=d'), ('NULL')) t(v)",
      ['bucket[16]', 'truncate[3]', 'truncate[4]', 'identity'],
    ],
    [
      'binary',
      "SELECT v FROM (VALUES ('\\x00\\x01\\x02\\x03'::BLOB), (''::BLOB), ('\\xFF'::BLOB)) t(v)",
      ['bucket[16]', 'truncate[2]', 'identity'],
    ],
    ['uuid', "SELECT v::UUID FROM (VALUES ('f79c3e09-677c-4bbd-a479-3f349cb785e7')) t(v)", ['bucket[16]', 'identity']],
    ['boolean', 'SELECT v FROM (VALUES (true), (false)) t(v)', ['identity']],
    ['double', 'SELECT v::DOUBLE FROM (VALUES (1.5), (0.1)) t(v)', ['identity']],
    ['float', 'SELECT v::FLOAT FROM (VALUES (1.5), (0.1)) t(v)', ['identity']],
  ];

  for (const [type, values, transforms] of sources) {
    it.each(transforms)(`${type} by %s`, async (transform) => {
      const schema = schemaOf({ v: type });
      await test.session.run(
        `CREATE OR REPLACE TEMP TABLE source AS SELECT v FROM (${values}) s(v) UNION ALL SELECT NULL`,
      );
      const files = await writeTable(test.session, {
        select: 'SELECT * FROM source',
        schema,
        spec: specOf(schema, [['v', transform]]),
        directory: path.join(test.directory, `${type}-${transform}`),
        namePrefix: 'p',
      });
      let rows = 0;
      for (const { dataFile, localPath } of files) {
        // The bounds of a file of one value are that value, but for texts and bytes that are cut off.
        const found = await test.session.rows<{ v: never }>(
          `SELECT ${readable(type)} AS v FROM read_parquet('${localPath}')`,
        );
        for (const { v } of found) {
          rows += 1;
          expect([transform, v, dataFile.partition]).toEqual([
            transform,
            v,
            [applyTransform(parseTransform(transform), type, fromReadable(type, v))],
          ]);
        }
      }
      expect(rows).toBe(Number((await test.session.rows<{ n: bigint }>('SELECT count(*) AS n FROM source'))[0]!.n));
    });
  }

  const readable = (type: PrimitiveType): string => {
    if (type.startsWith('timestamp')) return 'epoch_us(v)';
    if (type === 'date') return "(v - DATE '1970-01-01')::INTEGER";
    return type.startsWith('decimal') ? 'v::VARCHAR' : 'v';
  };
  const fromReadable = (type: PrimitiveType, value: unknown): Value | null =>
    value === null ? null : type.startsWith('decimal') ? BigInt(String(value).replace('.', '')) : (value as Value);

  it('refuses transforms that it does not know', async () => {
    const schema = schemaOf({ v: 'double' });
    await expect(
      writeTable(test.session, {
        select: 'SELECT 1.5 AS v',
        schema,
        spec: specOf(schema, [['v', 'zorder']]),
        directory: test.directory,
        namePrefix: 'p',
      }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED_TABLE' });
  });
});
