import fc from 'fast-check';
import { encodeAgain } from '../../engine/encode-again';
import type { Session } from '../../engine/engine';
import { filesRelation } from '../../engine/read-files';
import { passingChecksum, scannedChecksum } from '../../engine/row-checksum';
import { writeTable, type WrittenFile } from '../../engine/write-parquet';
import { everyTypeSql } from './parquet-copy/support/sample-files';
import { openTestEngine, type TestEngine } from './support/session';
import { listOf, mapOf, schemaOf, structOf, unpartitioned } from './support/tables';

const schema = schemaOf({
  'id!': 'long',
  f: 'float',
  w: 'decimal(38,10)',
  tz: 'timestamptz',
  s: 'string',
  b: 'binary',
  l: listOf('string'),
  p: mapOf('string', 'long'),
  st: structOf({ a: 'int', 'odd "name"': 'string' }),
});
const columns = schema.fields.map(({ name }) => name);
const place = { specId: 0, partition: [], folders: [] };

let test_: TestEngine;
beforeAll(async () => {
  test_ = await openTestEngine();
});
afterAll(() => test_.close());

const rowsSql = (from: number, to: number): string =>
  `(SELECT id, f, w, tz, s, b, l, p, st FROM (${everyTypeSql(from, to)}))`;

const encode = (relation: string, more: object = {}): Promise<WrittenFile | undefined> =>
  encodeAgain(test_.session, { relation, schema, place, directory: test_.directory, namePrefix: 'again', ...more });

test('files become one that holds the same rows, with metrics, and sorted where asked', async () => {
  const paths: string[] = [];
  for (const from of [0, 2000, 4000]) {
    const select = `SELECT * FROM ${rowsSql(from, from + 2000)}`;
    const input = { select, schema, spec: unpartitioned, directory: test_.directory, namePrefix: `f${from}` };
    paths.push(...(await writeTable(test_.session, input)).map(({ localPath }) => localPath));
  }
  const relation = filesRelation(schema, paths);
  const file = await encode(relation);
  expect(file!.dataFile).toMatchObject({ recordCount: 6000n, specId: 0, partition: [] });
  expect(file!.dataFile.lowerBounds.size).toBeGreaterThan(4);
  const of = async (from: string) => test_.session.rows<{ id: bigint }>(`SELECT * FROM ${from}`);
  expect(await of(filesRelation(schema, [file!.localPath]))).toEqual(await of(relation));
  const sorted = await encode(relation, { sort: { orderBy: ' ORDER BY id DESC', sortOrderId: 3 } });
  expect(sorted!.dataFile.sortOrderId).toBe(3);
  const ids = (await of(filesRelation(schema, [sorted!.localPath]))).map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => Number(b - a)));
  expect(ids).toHaveLength(6000);
});

test('no rows, no file', async () => {
  expect(await encode(filesRelation(schema, []))).toBeUndefined();
});

test('deletes are applied before rows are counted as gone in', async () => {
  const join = (kind: string, on: string): string =>
    `(SELECT r.* FROM ${rowsSql(0, 5000)} r ${kind} JOIN (SELECT id AS gone FROM ${rowsSql(0, 5000)} WHERE id % 7 = 0) d ON ${on})`;
  const relations = [
    join('ANTI', 'd.gone = r.id'),
    join('ANTI', 'd.gone IS NOT DISTINCT FROM r.id'),
    `(SELECT * FROM ${join('ANTI', 'd.gone = r.id')} UNION ALL SELECT * FROM ${rowsSql(9000, 9100)})`,
  ];
  const counts = [4285n, 4285n, 4385n];
  for (const [index, relation] of relations.entries())
    expect((await encode(relation))!.dataFile.recordCount).toBe(counts[index]);
});

test('rows that come out other than they went in stop it', async () => {
  const tampered = (from: string | RegExp, to: string): Session => ({
    ...test_.session,
    rows: (sql, options) => test_.session.rows(sql.startsWith('COPY') ? sql.replace(from, to) : sql, options),
  });
  const input = { relation: rowsSql(0, 500), schema, place, directory: test_.directory, namePrefix: 'again' };
  for (const session of [
    tampered(") TO '", " LIMIT 400) TO '"),
    tampered('COPY (SELECT *', "COPY (SELECT * REPLACE ('x' || s AS s)"),
    tampered(") TO '", ' UNION ALL SELECT * FROM (SELECT * FROM ' + rowsSql(0, 1) + ")) TO '"),
  ])
    await expect(encodeAgain(session, input)).rejects.toMatchObject({
      code: 'AUDIT_FAILED',
      message: expect.stringMatching(/^again: encoding rows again changed them: 500 rows of checksum/),
    });
});

test('the checksum of rows as they pass is that of a scan, whatever their order; a row more, less or other changes it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9000 }), fc.nat(), async (count, at) => {
      const changed = at % count;
      const passes = async (relation: string) => {
        const checksum = passingChecksum(columns);
        await test_.session.run(
          `CREATE OR REPLACE TABLE passed AS SELECT * FROM ${relation} WHERE ${checksum.condition}`,
        );
        return checksum.take();
      };
      const all = await passes(rowsSql(0, count));
      expect(all.rows).toBe(BigInt(count));
      expect(await scannedChecksum(test_.session, { relation: 'passed', columns })).toEqual(all);
      expect(await passes(`(SELECT * FROM passed ORDER BY hash(id))`)).toEqual(all);
      const sum = async (relation: string) => (await scannedChecksum(test_.session, { relation, columns })).sum;
      const others = [
        `(SELECT * FROM passed WHERE id <> ${changed})`,
        `(SELECT * FROM passed UNION ALL SELECT * FROM passed WHERE id = ${changed})`,
        `(SELECT * REPLACE (CASE WHEN id = ${changed} THEN 'other' ELSE s END AS s) FROM passed)`,
        `(SELECT * REPLACE (CASE WHEN id = ${changed} THEN MAP {'k': 1} ELSE p END AS p) FROM passed)`,
      ];
      for (const other of others) expect(await sum(other)).not.toBe(all.sum);
    }),
    { numRuns: 10 },
  );
});
