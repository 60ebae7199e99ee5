import { isSluiceError } from '../../base/errors';
import { formatTableName, type TableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import { tablesOf } from '../../pipeline/tables';
import type { TableMetadata } from '../iceberg/types';
import { loadMetadata, type Lake } from '../lake';
import { inParallel } from '../manifests';
import type { TableContent, TableEntry } from '../nessie/types';
import { pipelineOfRaw } from '../pipeline-record';
import { readProgress, type Progress } from '../progress';
import { tableOwner } from '../table-owner';

/** A table as the catalog names it at one hash; without metadata where that is gone or of another format. */
export interface SeenTable {
  readonly name: TableName;
  readonly content: TableContent;
  readonly metadata: TableMetadata | undefined;
}

/** A pipeline that has published, as one hash of the catalog knows it. */
export interface SeenPipeline {
  readonly pipeline: Pipeline;
  readonly progress: Progress | undefined;
}

const readsAtOnce = 16;

/** Metadata of catalog entries. Unlike loadTables it takes what another program broke: a rollback is the cure for that. */
export async function seeTables(
  lake: Pick<Lake, 'store'>,
  entries: readonly TableEntry[],
): Promise<readonly SeenTable[]> {
  return inParallel(entries, readsAtOnce, async (entry) => {
    try {
      return { ...entry, metadata: await loadMetadata(lake, entry.content.metadataLocation) };
    } catch (error) {
      if (!isSluiceError(error, 'OBJECT_NOT_FOUND') && !isSluiceError(error, 'UNSUPPORTED_TABLE')) throw error;
      return { ...entry, metadata: undefined };
    }
  });
}

/** The pipelines whose raw tables are among these, by name. Pure. */
export function seenPipelines(tables: readonly SeenTable[]): ReadonlyMap<string, SeenPipeline> {
  return new Map(
    tables.flatMap(({ name, content, metadata }) => {
      const pipeline = metadata && pipelineOfRaw({ name, content, metadata });
      return pipeline ? [[pipeline.name, { pipeline, progress: readProgress(metadata, pipeline.name) }] as const] : [];
    }),
  );
}

/** Which pipeline writes each table, by `namespace.name`: by the table's own property, else by the pipeline's record. Pure. */
export function tableOwners(tables: readonly SeenTable[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { pipeline } of seenPipelines(tables).values())
    for (const name of tablesOf(pipeline)) owners.set(formatTableName(name), pipeline.name);
  for (const { name, metadata } of tables) {
    const owner = metadata && tableOwner(metadata);
    if (owner !== undefined) owners.set(formatTableName(name), owner);
  }
  return owners;
}
