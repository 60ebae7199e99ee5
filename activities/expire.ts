import { parseTableName } from '../base/table-name';
import { expireTable as expire } from '../lake/retention/expire-table';
import type { ExpiryOutcome, ExpiryRules } from '../lake/retention/expire-table';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';

export interface ExpireTableInput extends ExpiryRules {
  readonly table: string;
  /** Of the run, for the commit's properties. */
  readonly id: string;
}

export interface ExpireTableResult extends ExpiryOutcome {
  readonly table: string;
}

/** Takes snapshots past retention out of one table's metadata; see lake/retention/expire-table. */
export async function expireTable(
  deps: ActivityDeps,
  { table, ...input }: ExpireTableInput,
): Promise<ExpireTableResult> {
  return withHeartbeat(async ({ report }) => {
    report({ step: 'expiring snapshots', table });
    return { table, ...(await expire(deps.lake, { ...input, table: parseTableName(table), nowMs: deps.now() })) };
  });
}
