import { SluiceError } from '../../base/errors';
import { formatTableName, parseTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Lake } from '../../lake/lake';
import { readPipelines } from '../../lake/pipeline-record';
import type { Pipeline } from '../../pipeline/model';
import { tablesOf } from '../../pipeline/tables';
import { findPipelines } from '../pipelines/find-pipelines';

/** Tables that upkeep works on together; those of a pipeline follow its rules. */
export interface UpkeepTarget {
  /** Of the pipeline, else of the first table. */
  readonly name: string;
  readonly pipeline?: Pipeline;
  readonly tables: readonly TableName[];
}

/**
 * What upkeep was asked to work on: pipelines by name or file, tables as `namespace.name`; every pipeline that has published into the lake
 * when nothing is named. A table that a pipeline writes follows that pipeline's rules. Throws TABLE_NOT_FOUND, BAD_INPUT, PIPELINE_INVALID.
 */
export async function findTargets(
  lake: Lake,
  hash: string,
  wanted: readonly string[],
): Promise<readonly UpkeepTarget[]> {
  const known = (await readPipelines(lake, hash)).map(({ pipeline }) => pipeline);
  if (wanted.length === 0) return known.map(targetOf);
  const targets: UpkeepTarget[] = [];
  for (const item of wanted) {
    if (isTable(item)) targets.push(await tableTarget(lake, hash, parseTableName(item), known));
    else targets.push(targetOf(await pipelineOf(item, known)));
  }
  return targets;
}

const isTable = (item: string): boolean => /^[A-Za-z_]\w*\.[A-Za-z_]\w*$/.test(item) && !/\.ya?ml$/.test(item);

const targetOf = (pipeline: Pipeline): UpkeepTarget => ({
  name: pipeline.name,
  pipeline,
  tables: tablesOf(pipeline),
});

/** A name is the pipeline as it runs, by the lake's record; one that has published nothing yet, or a file, is read. */
async function pipelineOf(item: string, known: readonly Pipeline[]): Promise<Pipeline> {
  return known.find(({ name }) => name === item) ?? (await findPipelines([item]))[0]!.pipeline;
}

async function tableTarget(
  lake: Lake,
  hash: string,
  table: TableName,
  known: readonly Pipeline[],
): Promise<UpkeepTarget> {
  const name = formatTableName(table);
  if (!(await lake.nessie.content(hash, table)))
    throw new SluiceError('TABLE_NOT_FOUND', `no table ${name} on ${lake.mainBranch}`, {
      cure: 'Name a table as namespace.name, or a pipeline: `sluice health` lists the tables of all pipelines.',
    });
  const pipeline = known.find((one) => tablesOf(one).some((own) => formatTableName(own) === name));
  return { name, tables: [table], ...(pipeline ? { pipeline } : {}) };
}
