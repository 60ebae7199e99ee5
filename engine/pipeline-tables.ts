import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import type { TableName } from '../base/table-name';
import type { Engine } from './engine';
import { describeQuery } from './windows/describe-query';
import { windowIdentity } from './windows/identity';
import { createTables, metadataFor } from '../lake/create-table';
import type { CreatedTables, TableDefinition } from '../lake/create-table';
import type { ColumnDefinition } from '../lake/iceberg/schema';
import { currentSchema } from '../lake/iceberg/metadata';
import { loadTable } from '../lake/lake';
import type { Lake } from '../lake/lake';
import { lateTable, ledgerTable, rawTable, rejectedTable, windowTable } from '../lake/schema-from-pipeline';
import { ownerProperties } from '../lake/table-owner';
import type { Pipeline, WindowDefinition } from '../pipeline/model';

/** Columns of a table that a window query reads beside its own events; undefined when there is none of that name. */
export type ColumnLookup = (
  table: TableName,
) => Promise<readonly Pick<ColumnDefinition, 'name' | 'type'>[] | undefined>;

/** Looks among the tables that are to be made first, then in the lake at `hash`. */
export function lookupIn(
  lake: Lake,
  { hash, pipelines }: { readonly hash: string; readonly pipelines: readonly Pipeline[] },
): ColumnLookup {
  return async (table) => {
    const name = formatTableName(table);
    const planned = pipelines.map(rawTable).find((raw) => formatTableName(raw.name) === name);
    if (planned) return planned.columns;
    const loaded = await loadTable(lake, hash, table);
    return loaded && currentSchema(loaded.metadata).fields;
  };
}

/**
 * Every table of a pipeline: raw, rejected, ledger, and per window its table and `__late`. A window table has the columns that its
 * query returns, found without running it. Throws QUERY_FAILED for a query that is wrong, TABLE_NOT_FOUND for a joined stream that is not there.
 */
export async function pipelineTables(
  engine: Engine,
  pipeline: Pipeline,
  lookup: ColumnLookup,
): Promise<readonly TableDefinition[]> {
  const raw = rawTable(pipeline);
  const session = await engine.session();
  try {
    const windows: TableDefinition[] = [];
    for (const window of pipeline.windows) {
      const what = `the query of ${formatTableName(window.table)}`;
      const columns = await describeQuery(session, {
        query: window.query,
        streams: [{ name: 'events', columns: raw.columns }, ...(await joinedColumns(window, lookup))],
        lakeTable: lookup,
        what,
      });
      windowIdentity(window, columns, what);
      windows.push({ ...windowTable(window, columns), partition: windowPartition(columns) }, lateTable(window));
    }
    return [raw, rejectedTable(pipeline), ledgerTable(pipeline), ...windows].map((table) => ({
      ...table,
      properties: { ...table.properties, ...ownerProperties(pipeline.name) },
    }));
  } finally {
    session.close();
  }
}

async function joinedColumns({ streams, table: window }: WindowDefinition, lookup: ColumnLookup) {
  return Promise.all(
    streams.map(async ({ alias, table }) => {
      const columns = await lookup(table);
      if (columns) return { name: alias, columns };
      throw new SluiceError(
        'TABLE_NOT_FOUND',
        `stream ${alias} of ${formatTableName(window)}: table ${formatTableName(table)} is not in the catalog`,
        { cure: 'Apply the pipeline that writes it first, or both files in one command.' },
      );
    }),
  );
}

/** By the day of the window, where the query returns one: old windows then lie in files of their own. */
function windowPartition(columns: readonly ColumnDefinition[]): TableDefinition['partition'] & object {
  const column = ['window_start', 'window_end'].find((name) =>
    columns.some((item) => item.name === name && item.type === 'timestamptz'),
  );
  return column === undefined ? [] : [{ column, transform: { kind: 'day' } }];
}

/** Creates what is missing in one commit; a table that stands there and differs is refused (SCHEMA_MISMATCH) before anything is written. */
export async function createPipelineTables(
  lake: Lake,
  engine: Engine,
  pipeline: Pipeline,
  nowMs: number,
): Promise<CreatedTables> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const lookup = lookupIn(lake, { hash, pipelines: [pipeline] });
  const tables = (await pipelineTables(engine, pipeline, lookup)).map((definition) => ({
    name: definition.name,
    metadata: metadataFor(lake, definition, nowMs),
  }));
  return createTables(lake, tables, `create tables of ${pipeline.name}`);
}
