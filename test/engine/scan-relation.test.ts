import path from 'node:path';
import fc from 'fast-check';
import { scanRelation, scanUris } from '../../engine/scan-relation';
import type { ScannedFile } from '../../engine/scan-relation';
import { quoteText } from '../../engine/sql';
import type { DataFile, Schema, TableMetadata } from '../../lake/iceberg/types';
import { newTable } from '../lake/fixtures';
import { openTestEngine, type TestEngine } from './support/session';
import { schemaOf } from './support/tables';

interface Row {
  readonly id: number | null;
  readonly part: string | null;
}

const schema = schemaOf({ id: 'long', part: 'string' });
const [idField, partField] = schema.fields;
const tableOf = (...schemas: readonly Schema[]): TableMetadata => ({
  ...newTable().metadata,
  schemas,
  'current-schema-id': schemas.at(-1)!['schema-id'],
});

describe('scanRelation', () => {
  let test: TestEngine;
  let written = 0;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const uriOf = (local: string): string => `s3://lake/${path.basename(local)}`;
  const pathOf = (uri: string): string => path.join(test.directory, path.basename(uri));

  async function write(select: string, fieldIds: string, file: Partial<DataFile>): Promise<DataFile> {
    const local = path.join(test.directory, `f${(written += 1)}.parquet`);
    await test.session.run(`COPY (${select}) TO ${quoteText(local)} (FORMAT parquet, FIELD_IDS ${fieldIds})`);
    return { content: 0, filePath: uriOf(local), fileFormat: 'PARQUET', specId: 0, ...file } as DataFile;
  }

  const text = (value: string | null): string => (value === null ? 'NULL' : quoteText(value));
  const rowsSql = (rows: readonly Row[]): string =>
    rows.length === 0
      ? `SELECT NULL::BIGINT AS id, NULL::VARCHAR AS part WHERE false`
      : `SELECT id::BIGINT AS id, part::VARCHAR AS part FROM (VALUES ${rows.map(({ id, part }) => `(${id ?? 'NULL'}, ${text(part)})`).join(', ')}) t(id, part)`;
  const ids = `{id: ${idField!.id}, part: ${partField!.id}}`;
  const dataFile = (rows: readonly Row[]): Promise<DataFile> => write(rowsSql(rows), ids, {});
  const positionDelete = (hits: readonly { readonly uri: string; readonly pos: number }[]): Promise<DataFile> =>
    write(
      `SELECT uri AS file_path, pos::BIGINT AS pos FROM (VALUES ${hits.map(({ uri, pos }) => `(${quoteText(uri)}, ${pos})`).join(', ')}) t(uri, pos)`,
      '{file_path: 2147483546, pos: 2147483545}',
      { content: 1 },
    );
  const equalityDelete = (rows: readonly Row[], by: readonly ('id' | 'part')[]): Promise<DataFile> =>
    write(
      `SELECT ${by.join(', ')} FROM (${rowsSql(rows)})`,
      `{${by.map((name) => `${name}: ${name === 'id' ? idField!.id : partField!.id}`).join(', ')}}`,
      { content: 2, equalityIds: by.map((name) => (name === 'id' ? idField!.id : partField!.id)) },
    );
  const read = async (files: readonly ScannedFile[], metadata = tableOf(schema)): Promise<readonly string[]> =>
    (await test.session.rows(`FROM ${scanRelation({ metadata, files, pathOf })}`))
      .map((row) =>
        JSON.stringify(Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value))),
      )
      .sort();

  it('applies position and equality deletes to the files that they are given for: equal to deleting row by row', async () => {
    const row = fc.record({
      id: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null }),
      part: fc.option(fc.constantFrom('a', 'b', "o'x"), { nil: null }),
    });
    const by = fc.constantFrom<readonly ('id' | 'part')[]>(['id'], ['part'], ['id', 'part']);
    const scenario = fc.array(
      fc.record({
        rows: fc.array(row, { minLength: 1, maxLength: 8 }),
        positions: fc.array(fc.nat(9), { maxLength: 4 }),
        equality: fc.array(fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 3 }), by }), { maxLength: 2 }),
        sharesDeletes: fc.boolean(),
      }),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(scenario, async (plan) => {
        const files: ScannedFile[] = [];
        const expected: string[] = [];
        let equalityBefore: readonly {
          readonly file: DataFile;
          readonly of: (typeof plan)[number]['equality'][number];
        }[] = [];
        for (const { rows, positions, equality, sharesDeletes } of plan) {
          const file = await dataFile(rows);
          const own = await Promise.all(
            equality.map(async (of) => ({ file: await equalityDelete(of.rows, of.by), of })),
          );
          const applied = sharesDeletes ? equalityBefore : own;
          equalityBefore = applied;
          const positional =
            positions.length > 0 ? [await positionDelete(positions.map((pos) => ({ uri: file.filePath, pos })))] : [];
          files.push({ file, deletes: [...positional, ...applied.map((item) => item.file)] });
          for (const [pos, { id, part }] of rows.entries()) {
            if (positions.includes(pos)) continue;
            const isHit = applied.some(({ of }) =>
              of.rows.some((key) => of.by.every((name) => key[name] === { id, part }[name])),
            );
            if (!isHit) expected.push(JSON.stringify([id, part]));
          }
        }
        expect(await read(files)).toEqual(expected.sort());
      }),
      { numRuns: 60 },
    );
  });

  it('a position delete that names several files hits each at its own rows', async () => {
    const [a, b] = [
      await dataFile([{ id: 1, part: 'a' }]),
      await dataFile([
        { id: 2, part: 'b' },
        { id: 3, part: 'b' },
      ]),
    ];
    const both = await positionDelete([
      { uri: a.filePath, pos: 0 },
      { uri: b.filePath, pos: 1 },
    ]);
    expect(await read([a, b].map((file) => ({ file, deletes: [both] })))).toEqual(['[2,"b"]']);
    expect(scanUris([a, b].map((file) => ({ file, deletes: [both] })))).toEqual(
      [a, b, both].map((file) => file.filePath),
    );
  });

  it('deletes by a column that was renamed or dropped since still hold', async () => {
    const file = await dataFile([
      { id: 1, part: 'a' },
      { id: 2, part: 'b' },
    ]);
    const gone = await equalityDelete([{ id: null, part: 'a' }], ['part']);
    const renamed = { ...schema, 'schema-id': 1, fields: [idField!, { ...partField!, name: 'region' }] };
    const dropped = { ...schema, 'schema-id': 1, fields: [idField!] };
    expect(await read([{ file, deletes: [gone] }], tableOf(schema, renamed))).toEqual(['[2,"b"]']);
    expect(await read([{ file, deletes: [gone] }], tableOf(schema, dropped))).toEqual(['[2]']);
  });

  it('refuses a delete by a nested column, and gives no rows of the right columns for no files', async () => {
    const file = await dataFile([{ id: 1, part: 'a' }]);
    const nested = { ...(await equalityDelete([{ id: 1, part: null }], ['id'])), equalityIds: [77] };
    expect(() => scanRelation({ metadata: tableOf(schema), files: [{ file, deletes: [nested] }], pathOf })).toThrow(
      'equality delete by field 77',
    );
    expect(await read([])).toEqual([]);
  });
});
