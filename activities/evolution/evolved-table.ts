import { formatTableName } from '../../base/table-name';
import type { TableDefinition } from '../../lake/create-table';
import type { EvolutionProblem } from '../../lake/evolve/change';
import { evolveTable, type TableEvolution } from '../../lake/evolve/evolve-table';
import { evolvedFields } from '../../lake/evolve/evolved-columns';
import { currentSchema, currentSnapshot } from '../../lake/iceberg/metadata';
import type { TableMetadata } from '../../lake/iceberg/types';
import type { Lake, LoadedTable } from '../../lake/lake';
import { manifestsOf } from '../../lake/manifests';
import { pipelineOfRaw } from '../../lake/pipeline-record';
import { readProgress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { windowChange } from './window-changes';

/** What becomes of one table of a pipeline; `raw` is the pipeline's raw table where that stands. */
export async function evolvedTable(
  lake: Pick<Lake, 'store'>,
  input: {
    readonly pipeline: Pipeline;
    readonly definition: TableDefinition;
    readonly table: LoadedTable;
    readonly raw: LoadedTable | undefined;
  },
): Promise<TableEvolution> {
  const { pipeline, definition, table, raw } = input;
  const { metadata } = table;
  const isRaw = formatTableName(table.name) === formatTableName(pipeline.table);
  const wanted = isRaw && pipeline.source.unknownFields === 'evolve' ? withEvolved(definition, metadata) : definition;
  const evolve = (liveSpecIds: ReadonlySet<number>): TableEvolution => evolveTable({ metadata, wanted, liveSpecIds });
  const first = evolve(new Set());
  // Which specs the live files have is read only where a column goes.
  const evolution = first.changes.some(({ kind }) => kind === 'drop') ? evolve(await liveSpecs(lake, metadata)) : first;
  const before = raw && pipelineOfRaw(raw);
  if (isRaw) return withProblems(evolution, metadata, eventTimeProblems({ pipeline, before, evolution, metadata }));
  const window = pipeline.windows.find((item) => formatTableName(item.table) === formatTableName(table.name));
  if (!window) return evolution;
  const progress = raw && readProgress(raw.metadata, pipeline.name);
  const { changes, problems, properties } = windowChange({ window, before, progress });
  const changed: TableEvolution = {
    ...evolution,
    changes: [...evolution.changes, ...changes],
    metadata:
      changes.length === 0
        ? evolution.metadata
        : { ...evolution.metadata, properties: { ...evolution.metadata.properties, ...properties } },
  };
  return withProblems(changed, metadata, problems);
}

/** Columns that the table got by itself stay while it may get more of them; the file may name them as its own, or rename them. */
function withEvolved(definition: TableDefinition, metadata: TableMetadata): TableDefinition {
  const named = new Set([
    ...definition.columns.map(({ name }) => name),
    ...definition.columns.flatMap(({ name }) => definition.formerNames?.[name] ?? []),
  ]);
  const more = evolvedFields(metadata).filter(({ name }) => !named.has(name));
  return { ...definition, columns: [...definition.columns, ...more] };
}

function withProblems(
  evolution: TableEvolution,
  standing: TableMetadata,
  more: readonly EvolutionProblem[],
): TableEvolution {
  const problems = [...evolution.problems, ...more];
  return { ...evolution, problems, metadata: problems.length > 0 ? standing : evolution.metadata };
}

async function liveSpecs(lake: Pick<Lake, 'store'>, metadata: TableMetadata): Promise<ReadonlySet<number>> {
  const manifests = await manifestsOf(lake.store, currentSnapshot(metadata));
  return new Set(
    manifests
      .filter(({ addedFiles, existingFiles }) => addedFiles + existingFiles > 0)
      .map(({ partitionSpecId }) => partitionSpecId),
  );
}

/** Windows and the watermark follow one column: a renamed one is the same, another one is not. */
function eventTimeProblems(input: {
  readonly pipeline: Pipeline;
  readonly before: Pipeline | undefined;
  readonly evolution: TableEvolution;
  readonly metadata: TableMetadata;
}): readonly EvolutionProblem[] {
  const { pipeline, before, evolution, metadata } = input;
  if (!before || evolution.problems.length > 0) return [];
  const idOf = (fields: readonly { readonly id: number; readonly name: string }[], name: string): number | undefined =>
    fields.find((field) => field.name === name)?.id;
  const was = idOf(currentSchema(metadata).fields, before.source.eventTime);
  // The record of the last batch may be older than the table's last renaming.
  const is = idOf(currentSchema(evolution.metadata).fields, pipeline.source.eventTime);
  if (was === undefined || was === is) return [];
  return [
    {
      part: 'event_time',
      message: `event_time is ${before.source.eventTime} in all windows so far, so it cannot become ${pipeline.source.eventTime}: the watermark and the windows follow one column. Write a pipeline with tables of its own`,
    },
  ];
}
