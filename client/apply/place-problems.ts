import { readFile } from 'node:fs/promises';
import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { EvolutionProblem } from '../../lake/evolve/change';
import type { Pipeline } from '../../pipeline/model';
import { formatPath } from '../../pipeline/problem';
import type { Path } from '../../pipeline/problem';
import { readYaml } from '../../pipeline/yaml-source';
import type { PipelinePlan } from './plan-apply';

/** Throws SCHEMA_MISMATCH with everything that cannot be done, each with the place in its pipeline file, before anything is written. */
export async function requireNoProblem(
  plans: readonly PipelinePlan[],
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const lines = (
    await Promise.all(plans.map(async (plan) => problemLines(plan, files.get(plan.pipeline.name))))
  ).flat();
  if (lines.length === 0) return;
  throw new SluiceError('SCHEMA_MISMATCH', lines.join('\n'), {
    cure: 'Nothing was changed. docs/evolution.md says what a table can become, and what to do in place of the rest.',
    context: { problems: lines.length },
  });
}

async function problemLines({ pipeline, tables }: PipelinePlan, file: string | undefined): Promise<readonly string[]> {
  const found = tables.flatMap(({ name, problems }) => problems.map((problem) => ({ name, problem })));
  if (found.length === 0) return [];
  const source = file === undefined ? undefined : readYaml(await readFile(file, 'utf8'));
  return found.map(({ name, problem }) => {
    const path = placeOf(pipeline, name, problem);
    const place = source && `${file}:${source.lineOf(path, 'key')}: ${formatPath(path)}: `;
    return `${place ?? ''}table ${formatTableName(name)}: ${problem.message}`;
  });
}

/** Where the pipeline file says what the table is asked to become. */
export function placeOf(pipeline: Pipeline, table: TableName, { part, path }: EvolutionProblem): Path {
  const window = pipeline.windows.findIndex((item) => formatTableName(item.table) === formatTableName(table));
  if (window >= 0) return part === 'column' ? ['windows', window, 'query'] : ['windows', window];
  switch (part) {
    case 'column': {
      const column = path?.split('.')[0] ?? '';
      return pipeline.source.columns.some(({ name }) => name === column)
        ? ['source', 'columns', column]
        : ['source', 'columns'];
    }
    case 'event_time':
      return ['source', 'event_time'];
    default:
      return [part];
  }
}
