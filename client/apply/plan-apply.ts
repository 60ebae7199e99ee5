import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Engine } from '../../engine/engine';
import { metadataFor } from '../../lake/create-table';
import type { TableToCreate } from '../../lake/create-table';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';
import { typeText } from '../../lake/iceberg/schema';
import type { TableMetadata } from '../../lake/iceberg/types';
import { loadTables } from '../../lake/lake';
import type { Lake } from '../../lake/lake';
import { requireOwner } from '../../lake/table-owner';
import { tableDifference } from '../../lake/table-difference';
import type { Pipeline } from '../../pipeline/model';
import { lookupIn, pipelineTables } from '../pipeline-tables';

export interface PlannedTable {
  readonly name: TableName;
  readonly state: 'new' | 'same' | 'differs';
  /** How the table that stands there differs, in words. */
  readonly difference?: string;
  readonly metadata: TableMetadata;
}

export interface PipelinePlan {
  readonly pipeline: Pipeline;
  readonly tables: readonly PlannedTable[];
}

/**
 * What `apply` would do to the lake. Reads only. Throws QUERY_FAILED for a window query that is wrong, BAD_INPUT for a table in two
 * pipelines, TABLE_TAKEN for one that belongs to another.
 */
export async function planApply(input: {
  readonly lake: Lake;
  readonly engine: Engine;
  readonly pipelines: readonly Pipeline[];
  readonly nowMs: number;
}): Promise<readonly PipelinePlan[]> {
  const { lake, engine, pipelines, nowMs } = input;
  const wanted: { readonly pipeline: Pipeline; readonly tables: readonly TableToCreate[] }[] = [];
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const lookup = lookupIn(lake, { hash, pipelines });
  for (const pipeline of pipelines) {
    const tables = (await pipelineTables(engine, pipeline, lookup)).map((definition) => ({
      name: definition.name,
      metadata: metadataFor(lake, definition, nowMs),
    }));
    wanted.push({ pipeline, tables });
  }
  requireOwnTables(wanted);
  const names = wanted.flatMap(({ tables }) => tables.map(({ name }) => name));
  const standing = await loadTables(lake, hash, names);
  for (const { pipeline, tables } of wanted)
    requireOwner(
      tables.flatMap(({ name }) => standing.get(formatTableName(name)) ?? []),
      pipeline.name,
    );
  return wanted.map(({ pipeline, tables }) => ({
    pipeline,
    tables: tables.map(({ name, metadata }): PlannedTable => {
      const found = standing.get(formatTableName(name));
      if (!found) return { name, state: 'new', metadata };
      const difference = tableDifference(found.metadata, metadata);
      return difference === undefined
        ? { name, state: 'same', metadata }
        : { name, state: 'differs', difference, metadata };
    }),
  }));
}

function requireOwnTables(
  wanted: readonly { readonly pipeline: Pipeline; readonly tables: readonly TableToCreate[] }[],
): void {
  const owners = new Map<string, string>();
  for (const { pipeline, tables } of wanted) {
    for (const table of tables) {
      const name = formatTableName(table.name);
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new SluiceError('BAD_INPUT', `table ${name} is written by both ${owner} and ${pipeline.name}`, {
          cure: 'Give each pipeline tables of its own.',
        });
      }
      owners.set(name, pipeline.name);
    }
  }
}

/** Throws SCHEMA_MISMATCH that names every table which stands there and looks otherwise. */
export function requireNoDifference(plans: readonly PipelinePlan[]): void {
  const differing = plans.flatMap(({ tables }) => tables.filter(({ state }) => state === 'differs'));
  if (differing.length === 0) return;
  const lines = differing.map(
    ({ name, difference }) => `table ${formatTableName(name)} exists and differs: ${difference}`,
  );
  throw new SluiceError('SCHEMA_MISMATCH', lines.join('\n'), {
    cure: 'Nothing was changed. Bring the file in line with the table, or name another table in it.',
  });
}

/** Throws TABLE_NOT_FOUND that names what `sluice apply` has yet to create. */
export function requireAllThere(plans: readonly PipelinePlan[]): void {
  const lacking = plans.filter(({ tables }) => tables.some(({ state }) => state === 'new'));
  if (lacking.length === 0) return;
  const missing = lacking.flatMap(({ tables }) =>
    tables.filter(({ state }) => state === 'new').map(({ name }) => formatTableName(name)),
  );
  throw new SluiceError('TABLE_NOT_FOUND', `the catalog has no table ${missing.join(', ')}`, {
    cure: `Create them first: sluice apply ${lacking.map(({ pipeline }) => pipeline.name).join(' ')}`,
  });
}

export interface TableOutline {
  readonly table: string;
  readonly state: PlannedTable['state'];
  readonly columns: readonly { readonly name: string; readonly type: string; readonly required: boolean }[];
  readonly partition: readonly string[];
}

/** A planned table in plain words. */
export function outline({ name, state, metadata }: PlannedTable): TableOutline {
  const { fields } = currentSchema(metadata);
  return {
    table: formatTableName(name),
    state,
    columns: fields.map((field) => ({ name: field.name, type: typeText(field.type), required: field.required })),
    partition: defaultSpec(metadata).fields.map(
      ({ transform, 'source-id': id }) => `${transform}(${fields.find((field) => field.id === id)?.name})`,
    ),
  };
}
