import path from 'node:path';
import { filesRelation } from '../../engine/read-files';
import { writeTable } from '../../engine/write-parquet';
import type { Schema } from '../../lake/iceberg/types';
import { openTestEngine, type TestEngine } from './support/session';
import { listOf, mapOf, schemaOf, structOf, unpartitioned } from './support/tables';

describe('filesRelation', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const write = async (select: string, schema: Schema, name: string): Promise<string> => {
    const [file] = await writeTable(test.session, {
      select,
      schema,
      spec: unpartitioned,
      directory: path.join(test.directory, name),
      namePrefix: name,
    });
    return file!.localPath;
  };

  const before = schemaOf({
    id: 'int',
    name: 'string',
    st: structOf({ a: 'int', b: 'string' }),
    l: listOf(structOf({ x: 'int' })),
    m: mapOf('string', structOf({ y: 'long' })),
  });
  const row = `SELECT 1 AS id, 'n' AS name, {'a': 5, 'b': 'z'} AS st, [{'x': 7}] AS l, MAP {'k': {'y': 9}} AS m`;

  it('finds columns by field id: renamed, dropped, added, widened, in another order', async () => {
    const old = await write(row, before, 'old');
    const [id, name, st] = before.fields;
    const after: Schema = {
      ...before,
      fields: [
        { ...name!, name: 'title' },
        { ...id!, type: 'long' },
        { id: 99, name: 'added', required: false, type: 'double' },
        st!,
      ],
    };
    const now = await write(`SELECT 'm' AS title, 2::BIGINT AS id, 1.5::DOUBLE AS added, NULL AS st`, after, 'now');
    expect(await test.session.rows(`FROM ${filesRelation(after, [old, { path: now }])} ORDER BY id`)).toEqual([
      { title: 'n', id: 1n, added: null, st: { a: 5, b: 'z' } },
      { title: 'm', id: 2n, added: 1.5, st: null },
    ]);
  });

  it('reads nested columns as they were written', async () => {
    const file = await write(row, before, 'nested');
    expect(await test.session.rows(`FROM ${filesRelation(before, [file])}`)).toEqual([
      { id: 1, name: 'n', st: { a: 5, b: 'z' }, l: [{ x: 7 }], m: [['k', { y: 9n }]] },
    ]);
  });

  it('no files give the columns without rows', async () => {
    expect(await test.session.rows(`FROM ${filesRelation(before, [])}`)).toEqual([]);
    expect(
      (await test.session.describe(`FROM ${filesRelation(before, [])}`)).map(({ name, type }) => `${name} ${type}`),
    ).toEqual([
      'id INTEGER',
      'name VARCHAR',
      'st STRUCT(a INTEGER, b VARCHAR)',
      'l STRUCT(x INTEGER)[]',
      'm MAP(VARCHAR, STRUCT(y BIGINT))',
    ]);
  });
});
