import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine, type Engine, type Session } from '../../engine/engine';
import { requireFieldIds } from '../../engine/field-ids';
import { scanRelation } from '../../engine/scan-relation';
import { quoteText } from '../../engine/sql';
import type { DataFile, TableMetadata } from '../../lake/iceberg/types';

let directory: string;
let engine: Engine;
let session: Session;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-field-ids-'));
  engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
  session = await engine.session();
});
afterAll(async () => {
  session.close();
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

const file = async (name: string, options: string) => {
  const localPath = path.join(directory, name);
  await session.run(`COPY (SELECT 1 AS id, {'a': 2} AS s) TO ${quoteText(localPath)} (FORMAT parquet${options})`);
  return { filePath: `s3://lake/${name}`, localPath };
};

it('bug: a file without field ids is refused, not read as NULLs and written so for good', async () => {
  const ours = await file('ours.parquet', ', FIELD_IDS {id: 1, s: {__duckdb_field_id: 2, a: 3}}');
  const bare = await file('bare.parquet', '');
  await expect(requireFieldIds(session, [ours])).resolves.toBeUndefined();
  await expect(requireFieldIds(session, [ours, bare])).rejects.toMatchObject({
    code: 'UNSUPPORTED_TABLE',
    message: expect.stringContaining('s3://lake/bare.parquet has no field ids'),
  });
});

it('bug: a query over files without field ids fails, in place of showing NULLs, where a name mapping tells that there may be some', async () => {
  const { localPath: ours } = await file('mine.parquet', ', FIELD_IDS {id: 1, s: {__duckdb_field_id: 2, a: 3}}');
  const { localPath: bare } = await file('others.parquet', '');
  const ids = (mapped: boolean, ...paths: readonly string[]): Promise<readonly { readonly id: number }[]> => {
    const [fields, location] = [[{ id: 1, name: 'id', type: 'int', required: false }], 's3://lake/db/t'];
    const metadata = {
      ...{ location, 'current-schema-id': 0, schemas: [{ type: 'struct', 'schema-id': 0, fields }] },
      properties: mapped ? { 'schema.name-mapping.default': '[{"field-id": 1, "names": ["id"]}]' } : {},
    } as unknown as TableMetadata;
    const files = paths.map((filePath) => ({ file: { filePath } as DataFile, deletes: [] }));
    return session.rows(`SELECT id FROM ${scanRelation({ metadata, files, pathOf: (uri) => uri })}`);
  };
  expect(await ids(true, ours)).toEqual([{ id: 1 }]);
  expect(await ids(true)).toEqual([]);
  await expect(ids(true, ours, bare)).rejects.toThrow('others.parquet has no field ids');
  // Without a mapping nobody pays for the look.
  expect(await ids(false, ours)).toEqual([{ id: 1 }]);
});
