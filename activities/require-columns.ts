import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import { evolvedFields } from '../lake/evolve/evolved-columns';
import { fileTypeText } from '../lake/evolve/type-text';
import { currentSchema } from '../lake/iceberg/metadata';
import type { LoadedTable } from '../lake/lake';
import { rawTable } from '../lake/schema-from-pipeline';
import type { Pipeline } from '../pipeline/model';

/**
 * Throws SCHEMA_MISMATCH when the raw table has other columns than the definition that the batch runs by: the file was applied after the
 * pipeline started with an older one, or another program changed the table. Rows written all the same would lack what they have.
 */
export function requireColumns(pipeline: Pipeline, raw: LoadedTable): void {
  const found = new Map(currentSchema(raw.metadata).fields.map((field) => [field.name, fileTypeText(field.type)]));
  const evolved = pipeline.source.unknownFields === 'evolve' ? evolvedFields(raw.metadata) : [];
  const wanted = new Map(
    [...evolved, ...rawTable(pipeline).columns].map((column) => [column.name, fileTypeText(column.type)]),
  );
  const lines = [
    ...[...wanted].flatMap(([name, type]) =>
      found.get(name) === type ? [] : [`${name} is ${found.get(name) ?? 'missing'}, expected ${type}`],
    ),
    ...[...found].flatMap(([name, type]) => (wanted.has(name) ? [] : [`${name} ${type} is not expected`])),
  ];
  if (lines.length === 0) return;
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `table ${formatTableName(raw.name)} differs from the pipeline that runs: ${lines.join(', ')}`,
    { cure: `Nothing was published. Bring both together and go on: sluice apply ${pipeline.name}, then sluice start` },
  );
}
