import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Engine } from '../../engine/engine';
import { lookupIn, pipelineTables } from '../../engine/pipeline-tables';
import { metadataFor } from '../../lake/create-table';
import type { TableDefinition } from '../../lake/create-table';
import type { EvolutionProblem, TableChange } from '../../lake/evolve/change';
import type { TableMetadata } from '../../lake/iceberg/types';
import { loadTables } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { pipelineOfRaw } from '../../lake/pipeline-record';
import { requireOwner } from '../../lake/table-owner';
import type { Pipeline } from '../../pipeline/model';
import { evolvedTable } from './evolved-table';

export interface PlannedTable {
  readonly name: TableName;
  /** `changes`: it stands there and becomes what the file says. `refused`: it cannot. */
  readonly state: 'new' | 'same' | 'changes' | 'refused';
  readonly definition: TableDefinition;
  /** As it will be; as it stands there where it is refused. */
  readonly metadata: TableMetadata;
  readonly changes: readonly TableChange[];
  readonly problems: readonly EvolutionProblem[];
}

export interface PipelinePlan {
  readonly pipeline: Pipeline;
  readonly tables: readonly PlannedTable[];
  /** The pipeline as its last batch had it; undefined before the first. */
  readonly before: Pipeline | undefined;
}

export interface PlanTablesInput {
  readonly lake: Lake;
  readonly engine: Engine;
  readonly pipelines: readonly Pipeline[];
  readonly nowMs: number;
}

/**
 * What would make the tables in the lake those of the pipeline files: created, changed, or refused with every reason. Reads only. Throws
 * QUERY_FAILED for a window query that is wrong, BAD_INPUT for a table in two pipelines, TABLE_TAKEN for one that belongs to another.
 */
export async function planTables({
  lake,
  engine,
  pipelines,
  nowMs,
}: PlanTablesInput): Promise<readonly PipelinePlan[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const lookup = lookupIn(lake, { hash, pipelines });
  const wanted: { readonly pipeline: Pipeline; readonly tables: readonly TableDefinition[] }[] = [];
  for (const pipeline of pipelines) wanted.push({ pipeline, tables: await pipelineTables(engine, pipeline, lookup) });
  requireOwnTables(wanted);
  const standing = await loadTables(
    lake,
    hash,
    wanted.flatMap(({ tables }) => tables.map(({ name }) => name)),
  );
  const at = (name: TableName): LoadedTable | undefined => standing.get(formatTableName(name));
  return Promise.all(
    wanted.map(async ({ pipeline, tables }): Promise<PipelinePlan> => {
      requireOwner(
        tables.flatMap(({ name }) => at(name) ?? []),
        pipeline.name,
      );
      const raw = at(pipeline.table);
      const planned = tables.map(async (definition): Promise<PlannedTable> => {
        const { name } = definition;
        const table = at(name);
        if (!table) {
          const metadata = metadataFor(lake, definition, nowMs);
          return { name, definition, state: 'new', metadata, changes: [], problems: [] };
        }
        const { changes, problems, metadata } = await evolvedTable(lake, { pipeline, definition, table, raw });
        const state = problems.length > 0 ? 'refused' : changes.length > 0 ? 'changes' : 'same';
        return { name, definition, state, metadata, changes, problems };
      });
      return { pipeline, tables: await Promise.all(planned), before: raw && pipelineOfRaw(raw) };
    }),
  );
}

function requireOwnTables(
  wanted: readonly { readonly pipeline: Pipeline; readonly tables: readonly TableDefinition[] }[],
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
