import { formatTableName } from '../base/table-name';
import type { TableName } from '../base/table-name';
import type { LoadedTable } from '../lake/lake';
import { publishChange as publish } from '../lake/publish-change';
import type { LakeChange, PublishOutcome } from '../lake/publish-change';
import type { StagedTable } from '../lake/stage';
import type { ActivityDeps } from './deps';
import { requireTable } from './open-pipeline';

export interface UpkeepChange extends Omit<LakeChange, 'tables' | 'stage'> {
  readonly table: TableName;
  /** Stages the change on the table as main has it now; undefined when there is nothing (left) to do. Called again after a lost race. */
  stage(table: LoadedTable): Promise<StagedTable | undefined>;
}

/** Publishes a change of upkeep to one table that must exist; see lake/publish-change. */
export async function publishChange(
  { lake }: Pick<ActivityDeps, 'lake'>,
  { table, stage, ...change }: UpkeepChange,
): Promise<PublishOutcome> {
  const name = formatTableName(table);
  return publish(lake, {
    ...change,
    tables: [table],
    stage: async (tables) => {
      const staged = await stage(requireTable(tables.get(name), name));
      return staged ? [staged] : [];
    },
  });
}
