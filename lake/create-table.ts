import { uuidFrom } from '../base/hash';
import { SluiceError } from '../base/errors';
import { formatTableName, type TableName } from '../base/table-name';
import type { PartitionBy } from '../pipeline/model';
import { fixedProperties, versionProperty } from './iceberg/metadata';
import { printTableMetadata } from './iceberg/metadata-json';
import { metadataUri } from './iceberg/metadata-name';
import { assignIds, findField, type ColumnDefinition } from './iceberg/schema';
import { formatTransform, transformAccepts } from './iceberg/transforms';
import type { Field, PartitionField, PartitionSpec, SortOrder, TableMetadata } from './iceberg/types';
import { isPrimitive } from './iceberg/values';
import { loadTables, tableLocation, type Lake, type LoadedTable } from './lake';
import type { TableContent } from './nessie/nessie';
import { settingsProperties } from './evolve/evolve-properties';
import { partitionName } from './partition-name';
import { sortColumnName, sortField, type SortColumn } from './sort-fields';
import { tableDifference } from './table-difference';

/** What a table shall look like, before it has a place. */
export interface TableDefinition {
  readonly name: TableName;
  readonly columns: readonly ColumnDefinition[];
  readonly partition?: readonly PartitionBy[];
  readonly sortFields?: readonly SortColumn[];
  readonly properties?: Readonly<Record<string, string>>;
  /** Properties that the pipeline file sets (pipeline/table-properties). */
  readonly settings?: Readonly<Record<string, string>>;
  /** By path (`address.street`): the name before, for columns and nested fields that are renamed. Of no use to a new table. */
  readonly formerNames?: Readonly<Record<string, string>>;
}

export interface NewTableInput extends TableDefinition {
  /** Full URI without a slash at the end: see tableLocation. */
  readonly location: string;
  readonly nowMs: number;
  /** Makes the table's uuid: equal seeds give equal bytes. */
  readonly seed: string;
}

/**
 * Metadata of a table without snapshots: ids from 1, depth first; spec 0; sort order 1 where sorted; the fixed properties. Pure.
 * Throws BAD_INPUT for a partition or sort column that does not exist or that the transform does not take.
 */
export function newTableMetadata(input: NewTableInput): TableMetadata {
  const { fields, lastId } = assignIds(input.columns);
  const spec = partitionSpec(input, fields);
  const order = sortOrder(input, fields);
  return {
    'format-version': 2,
    'table-uuid': uuidFrom(`table ${input.seed}`),
    location: input.location,
    'last-sequence-number': 0n,
    'last-updated-ms': input.nowMs,
    'last-column-id': lastId,
    'current-schema-id': 0,
    schemas: [{ type: 'struct', 'schema-id': 0, fields }],
    'default-spec-id': 0,
    'partition-specs': [spec],
    'last-partition-id': 999 + spec.fields.length,
    'default-sort-order-id': order?.['order-id'] ?? 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }, ...(order ? [order] : [])],
    properties: {
      ...settingsProperties(input.settings ?? {}),
      ...input.properties,
      ...fixedProperties,
      [versionProperty]: '0',
    },
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

function partitionSpec({ name, partition = [] }: TableDefinition, fields: readonly Field[]): PartitionSpec {
  const taken = new Set(fields.map((field) => field.name));
  const made: PartitionField[] = [];
  for (const { column, transform } of partition) {
    const source = needColumn(name, fields, column, 'partition');
    if (!isPrimitive(source.type) || !transformAccepts(transform, source.type)) {
      throw new SluiceError(
        'BAD_INPUT',
        `table ${formatTableName(name)}: partition ${transform.kind}(${column}) does not take a column of type ${isPrimitive(source.type) ? source.type : source.type.type}`,
      );
    }
    const fieldName = partitionName(column, transform);
    if (made.some((field) => field.name === fieldName) || (transform.kind !== 'identity' && taken.has(fieldName))) {
      throw new SluiceError(
        'BAD_INPUT',
        `table ${formatTableName(name)}: partition field ${fieldName} stands there twice or is also a column`,
      );
    }
    made.push({
      name: fieldName,
      transform: formatTransform(transform),
      'source-id': source.id,
      'field-id': 1000 + made.length,
    });
  }
  return { 'spec-id': 0, fields: made };
}

function sortOrder({ name, sortFields = [] }: TableDefinition, fields: readonly Field[]): SortOrder | undefined {
  if (sortFields.length === 0) return undefined;
  const sorted = sortFields.map((by) => sortField(by, needColumn(name, fields, sortColumnName(by), 'sort')));
  return { 'order-id': 1, fields: sorted };
}

function needColumn(name: TableName, fields: readonly Field[], column: string, use: string): Field {
  const found = findField({ type: 'struct', fields }, column);
  if (!found) {
    throw new SluiceError(
      'BAD_INPUT',
      `table ${formatTableName(name)}: ${use} column "${column}" is not among ${fields.map((field) => field.name).join(', ')}`,
    );
  }
  return found;
}

/** newTableMetadata at the table's usual place, with a uuid from name and time. */
export function metadataFor(lake: Pick<Lake, 'warehouse'>, definition: TableDefinition, nowMs: number): TableMetadata {
  return newTableMetadata({
    ...definition,
    location: tableLocation(lake, definition.name),
    nowMs,
    seed: `${formatTableName(definition.name)} ${nowMs}`,
  });
}

export interface TableToCreate {
  readonly name: TableName;
  readonly metadata: TableMetadata;
}

export interface CreatedTables {
  /** Head of the main branch that holds all of them. */
  readonly hash: string;
  readonly created: readonly TableName[];
  /** Stood there already with the same columns, partition and order. */
  readonly existing: readonly TableName[];
}

const maxTries = 10;

/**
 * Creates tables and their namespaces on the main branch in ONE commit; repeated calls find them and change nothing.
 * Throws SCHEMA_MISMATCH, naming the difference, when a table of that name looks otherwise; nothing is created then.
 */
export async function createTables(
  lake: Lake,
  tables: readonly TableToCreate[],
  message: string,
): Promise<CreatedTables> {
  for (let attempt = 1; ; attempt += 1) {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const standing = await loadTables(
      lake,
      hash,
      tables.map(({ name }) => name),
    );
    for (const table of tables) checkSame(table, standing.get(formatTableName(table.name)));
    const missing = tables.filter(({ name }) => !standing.has(formatTableName(name)));
    const existing = tables.filter((table) => !missing.includes(table)).map(({ name }) => name);
    if (missing.length === 0) return { hash, created: [], existing };

    const puts = await Promise.all(
      missing.map(async ({ name, metadata }) => ({ name, content: await writeFirstMetadata(lake, metadata) })),
    );
    const namespaces = [...new Set(missing.map(({ name }) => name.namespace))];
    const result = await lake.nessie.commit({
      branch: lake.mainBranch,
      baseHash: hash,
      message,
      puts,
      createNamespaces: namespaces,
    });
    if (result.outcome === 'committed')
      return { hash: result.hash, created: missing.map(({ name }) => name), existing };
    // Another writer was first, or the answer was lost: what stands there now decides.
    if (attempt >= maxTries) {
      const why = result.outcome === 'conflict' ? result.message : result.cause.message;
      throw new SluiceError(
        result.outcome === 'conflict' ? 'CATALOG_CONFLICT' : 'COMMIT_UNKNOWN',
        `creating ${missing.map(({ name }) => formatTableName(name)).join(', ')} failed ${maxTries} times: ${why}`,
      );
    }
  }
}

function checkSame(wanted: TableToCreate, found: LoadedTable | undefined): void {
  const difference = found && tableDifference(found.metadata, wanted.metadata);
  if (difference === undefined) return;
  throw new SluiceError('SCHEMA_MISMATCH', `table ${formatTableName(wanted.name)} exists and differs: ${difference}`, {
    cure: 'Name another table in the pipeline file, or bring its columns and partition in line with the table.',
  });
}

/** Writes `00000-<uuid>.metadata.json` and gives the catalog entry that points at it. */
async function writeFirstMetadata(lake: Lake, metadata: TableMetadata): Promise<TableContent> {
  const { bytes, digest } = printTableMetadata(metadata);
  const uri = metadataUri(metadata.location, 0, digest);
  await lake.store.put(uri, bytes, { ifAbsent: true });
  return contentOf(metadata, uri);
}

/** The catalog entry of a metadata file: its four ids must be those of the file. */
export function contentOf(metadata: TableMetadata, metadataLocation: string, contentId?: string): TableContent {
  return {
    ...(contentId !== undefined && { contentId }),
    metadataLocation,
    snapshotId: metadata['current-snapshot-id'] ?? -1n,
    schemaId: metadata['current-schema-id'],
    specId: metadata['default-spec-id'],
    sortOrderId: metadata['default-sort-order-id'],
  };
}
