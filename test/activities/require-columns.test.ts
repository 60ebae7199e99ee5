import { requireColumns } from '../../activities/require-columns';
import { newTableMetadata } from '../../lake/create-table';
import { rawTable } from '../../lake/schema-from-pipeline';
import type { LoadedTable } from '../../lake/lake';
import { parsePipeline } from '../../pipeline/parse';
import type { Pipeline } from '../../pipeline/model';

const pipeline = (columns: string): Pipeline =>
  parsePipeline(
    `{pipeline: p, source: {topic: t, columns: {at: timestamptz not null, ${columns}}, event_time: at}, table: db.t}`,
    'p.yaml',
  );
const table = (definition: Pipeline): LoadedTable => ({
  name: definition.table,
  content: { metadataLocation: 's3://l/db/t', snapshotId: -1n, schemaId: 0, specId: 0, sortOrderId: 1 },
  metadata: newTableMetadata({ ...rawTable(definition), location: 's3://l/db/t', nowMs: 1, seed: 't' }),
});

test('a batch is not made by a definition that the table has left behind', () => {
  const old = pipeline('a: int, b: string');
  expect(() => requireColumns(old, table(old))).not.toThrow();
  expect(() => requireColumns(old, table(pipeline('a: bigint, c: string')))).toThrow(
    expect.objectContaining({
      code: 'SCHEMA_MISMATCH',
      message:
        'table db.t differs from the pipeline that runs: a is bigint, expected int, b is missing, expected string, c string is not expected',
    }),
  );
});
