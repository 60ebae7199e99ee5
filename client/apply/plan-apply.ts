import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { planTables } from '../../activities/evolution/plan-tables';
import type { PipelinePlan, PlannedTable, PlanTablesInput } from '../../activities/evolution/plan-tables';
import { changeText } from '../../lake/evolve/change';
import { fileTypeText } from '../../lake/evolve/type-text';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';

export type { PipelinePlan, PlannedTable } from '../../activities/evolution/plan-tables';

/** What `apply` would do to the lake; see planTables. */
export async function planApply(input: PlanTablesInput): Promise<readonly PipelinePlan[]> {
  return planTables(input);
}

/** Throws SCHEMA_MISMATCH that names every table which stands there and looks otherwise: a pipeline starts only on tables that are as its file says. */
export function requireNoDifference(plans: readonly PipelinePlan[]): void {
  const differing = plans.flatMap(({ tables }) =>
    tables.filter(({ state }) => state === 'changes' || state === 'refused'),
  );
  if (differing.length === 0) return;
  const lines = differing.map(
    ({ name, ...table }) => `table ${formatTableName(name)} exists and differs: ${differences(table).join(', ')}`,
  );
  const names = plans.map(({ pipeline }) => pipeline.name).join(' ');
  throw new SluiceError('SCHEMA_MISMATCH', lines.join('\n'), {
    cure: `Nothing was changed. Bring the tables in line with the file: sluice apply ${names}`,
  });
}

function differences({ changes, problems }: Pick<PlannedTable, 'changes' | 'problems'>): readonly string[] {
  if (problems.length > 0) return problems.map(({ message }) => message);
  return changes.map(changeText).map(({ sign, text }) => (sign === '~' ? text : `${sign} ${text}`));
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
  readonly changes: readonly { readonly kind: string; readonly text: string }[];
  readonly problems: readonly string[];
}

/** A planned table in plain words. */
export function outline({ name, state, metadata, changes, problems }: PlannedTable): TableOutline {
  const { fields } = currentSchema(metadata);
  return {
    table: formatTableName(name),
    state,
    columns: fields.map((field) => ({ name: field.name, type: fileTypeText(field.type), required: field.required })),
    partition: defaultSpec(metadata).fields.map(
      ({ transform, 'source-id': id }) => `${transform}(${fields.find((field) => field.id === id)?.name})`,
    ),
    changes: changes.map((change) => ({ kind: change.kind, text: changeText(change).text })),
    problems: problems.map(({ message }) => message),
  };
}
