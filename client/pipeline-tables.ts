import { formatTableName } from '../base/table-name';
import type { Engine } from '../engine/engine';
import { describeQuery } from '../engine/windows';
import { createTables, metadataFor } from '../lake/create-table';
import type { CreatedTables, TableDefinition } from '../lake/create-table';
import type { ColumnDefinition } from '../lake/iceberg/schema';
import type { Lake } from '../lake/lake';
import { lateTable, ledgerTable, rawTable, rejectedTable, windowTable } from '../lake/schema-from-pipeline';
import type { Pipeline } from '../pipeline/model';

/**
 * Every table of a pipeline: raw, rejected, ledger, and per window its table and `__late`. A window table has the columns that its
 * query returns, found without running it. Throws QUERY_FAILED for a query that is wrong.
 */
export async function pipelineTables(engine: Engine, pipeline: Pipeline): Promise<readonly TableDefinition[]> {
  const raw = rawTable(pipeline);
  const session = await engine.session();
  try {
    const windows: TableDefinition[] = [];
    for (const window of pipeline.windows) {
      const columns = await describeQuery(session, {
        query: window.query,
        columns: raw.columns,
        eventTime: pipeline.source.eventTime,
        what: `the query of ${formatTableName(window.table)}`,
      });
      windows.push({ ...windowTable(window, columns), partition: windowPartition(columns) }, lateTable(window));
    }
    return [raw, rejectedTable(pipeline), ledgerTable(pipeline), ...windows];
  } finally {
    session.close();
  }
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
  const tables = (await pipelineTables(engine, pipeline)).map((definition) => ({
    name: definition.name,
    metadata: metadataFor(lake, definition, nowMs),
  }));
  return createTables(lake, tables, `create tables of ${pipeline.name}`);
}
