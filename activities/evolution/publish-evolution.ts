import { SluiceError } from '../../base/errors';
import { sha256Hex } from '../../base/hash';
import { canonicalJson } from '../../base/json';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { createTables } from '../../lake/create-table';
import { changeText } from '../../lake/evolve/change';
import type { Lake, LoadedTable } from '../../lake/lake';
import { pipelineOfRaw, pipelineProperties } from '../../lake/pipeline-record';
import { publishChange } from '../../lake/publish-change';
import { stageMetadata } from '../../lake/stage';
import type { StagedTable } from '../../lake/stage';
import type { Pipeline } from '../../pipeline/model';
import { evolvedTable } from './evolved-table';
import type { PipelinePlan } from './plan-tables';

export interface PublishedEvolution {
  readonly created: readonly TableName[];
  readonly changed: readonly TableName[];
  /** Head of main with all of it. */
  readonly hash: string;
}

/**
 * Makes what was planned: new tables in one commit, changed ones of all the pipelines in another, on a branch that is then merged. Where
 * another writer was first, each table's change is found again on the new head. Throws SCHEMA_MISMATCH when it is no longer possible,
 * CATALOG_CONFLICT when others were first again and again.
 */
export async function publishEvolution(
  lake: Lake,
  input: { readonly plans: readonly PipelinePlan[]; readonly by: string; readonly nowMs: number },
): Promise<PublishedEvolution> {
  const { plans, by, nowMs } = input;
  requirePossible(plans);
  const names = plans.map(({ pipeline }) => pipeline.name).join(', ');
  const fresh = plans.flatMap(({ tables }) => tables.filter(({ state }) => state === 'new'));
  const { created } = await createTables(lake, fresh, `create tables of ${names}`);
  const moving = plans.filter(({ tables }) => tables.some(({ state }) => state === 'changes'));
  const changed = moving.flatMap(({ tables }) =>
    tables.flatMap(({ name, state }) => (state === 'changes' ? [name] : [])),
  );
  if (changed.length > 0) {
    const raw = moving.map(({ pipeline }) => pipeline.table);
    const outcome = await publishChange(lake, {
      tables: distinct([...changed, ...raw]),
      kind: 'evolution',
      id: sha256Hex(canonicalJson(moving.map(({ pipeline }) => pipeline))).slice(0, 16),
      message: `change tables of ${moving.map(({ pipeline }) => pipeline.name).join(', ')}: ${summary(moving)}`,
      properties: { 'sluice.by': by },
      stage: (tables) => stageAll(lake, { plans: moving, tables, nowMs }),
    });
    if (outcome === 'yielded') {
      throw new SluiceError(
        'CATALOG_CONFLICT',
        `changing tables of ${names}: other commits were first again and again`,
        {
          cure: 'Nothing was changed. Run the command again, or stop the pipeline first: sluice stop NAME',
        },
      );
    }
  }
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  return { created, changed, hash };
}

/** Throws SCHEMA_MISMATCH with everything that cannot be done. */
export function requirePossible(plans: readonly PipelinePlan[]): void {
  const lines = plans.flatMap(({ tables }) =>
    tables.flatMap(({ name, problems }) => problems.map(({ message }) => `table ${formatTableName(name)}: ${message}`)),
  );
  if (lines.length === 0) return;
  throw new SluiceError('SCHEMA_MISMATCH', lines.join('\n'), {
    cure: 'Nothing was changed. docs/evolution.md says what a table can become, and what to do in place of the rest.',
  });
}

async function stageAll(
  lake: Lake,
  input: {
    readonly plans: readonly PipelinePlan[];
    readonly tables: ReadonlyMap<string, LoadedTable>;
    readonly nowMs: number;
  },
): Promise<readonly StagedTable[]> {
  const { plans, tables, nowMs } = input;
  const staged: StagedTable[] = [];
  for (const plan of plans) {
    const { pipeline } = plan;
    const raw = tables.get(formatTableName(pipeline.table));
    for (const { name, definition } of plan.tables) {
      const table = tables.get(formatTableName(name));
      if (!table) continue;
      const evolution = await evolvedTable(lake, { pipeline, definition, table, raw });
      if (evolution.problems.length > 0)
        requirePossible([{ ...plan, tables: [{ name, definition, state: 'refused', ...evolution }] }]);
      const record = table === raw ? recordChange(pipeline, table) : {};
      if (evolution.changes.length === 0 && Object.keys(record).length === 0) continue;
      const { metadata } = evolution;
      const changed = { ...metadata, properties: { ...metadata.properties, ...record } };
      staged.push(await stageMetadata(lake, table, changed, nowMs));
    }
  }
  return staged;
}

/** The definition that stands with the rows follows their table: what joins or verifies it goes by the columns that it names. */
function recordChange(pipeline: Pipeline, raw: LoadedTable): Readonly<Record<string, string>> {
  const before = pipelineOfRaw(raw);
  return before === undefined || canonicalJson(before) === canonicalJson(pipeline) ? {} : pipelineProperties(pipeline);
}

/** The changes in a line, for the log; a long list is cut. */
function summary(plans: readonly PipelinePlan[]): string {
  const texts = plans.flatMap(({ tables }) =>
    tables.flatMap(({ name, changes }) =>
      changes.map((change) => {
        const { sign, text } = changeText(change);
        return `${name.name} ${sign} ${text}`;
      }),
    ),
  );
  const line = texts.join('; ');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

function distinct(names: readonly TableName[]): readonly TableName[] {
  return [...new Map(names.map((name) => [formatTableName(name), name])).values()];
}
