import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { cleanBranches as clean } from '../lake/clean-branches';
import type { CleanedBranch } from '../lake/clean-branches';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';

export interface CleanBranchesResult {
  /** Those that were dropped, and those that look alike and stay. */
  readonly branches: readonly CleanedBranch[];
  /** One for each that was abandoned: its maker ended without dropping it. */
  readonly warnings: readonly string[];
}

/** Drops audit branches that were left behind; see lake/clean-branches. */
export async function cleanBranches(deps: ActivityDeps): Promise<CleanBranchesResult> {
  return withHeartbeat(async ({ report }) => {
    report({ step: 'looking at branches' });
    const { client } = Context.current();
    const branches = await clean(deps.lake, { nowMs: deps.now(), dryRun: false, isRunning: isBatchRunning(client) });
    return { branches, warnings: warningsOf(branches) };
  });
}

export function warningsOf(branches: readonly CleanedBranch[]): readonly string[] {
  return branches
    .filter(({ action, why }) => action === 'dropped' && why.startsWith('abandoned'))
    .map(
      ({ branch, why, lastCommitMs }) => `${branch} was ${why}; last commit ${new Date(lastCommitMs).toISOString()}`,
    );
}

/** Asks the server whether a batch's workflow is under way; held ones are. */
export function isBatchRunning(client: Pick<Client, 'workflow'>) {
  return async ({ pipeline, seq }: { readonly pipeline: string; readonly seq: string }): Promise<boolean> => {
    try {
      const { status } = await client.workflow.getHandle(`pipeline/${pipeline}/batch/${seq}`).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
}
