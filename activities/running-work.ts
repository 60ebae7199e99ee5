import type { Client } from '@temporalio/client';
import type { RunningWork } from '../lake/sweep/sweep';

/** Workflows that upload files before a commit names them. */
const uploading = ['batchWorkflow', 'compactionWorkflow', 'reprocessWorkflow'];

/**
 * The oldest workflow under way that may hold files which no commit names yet: a batch that was held for days still has its own. Of all task
 * queues of the namespace. Undefined when none runs.
 */
export async function oldestRunningWork(client: Pick<Client, 'workflow'>): Promise<RunningWork | undefined> {
  const types = uploading.map((type) => `WorkflowType = '${type}'`).join(' or ');
  let oldest: RunningWork | undefined;
  for await (const { workflowId, startTime } of client.workflow.list({
    query: `ExecutionStatus = 'Running' and (${types})`,
  }))
    if (!oldest || startTime.getTime() < oldest.startedAtMs) oldest = { workflowId, startedAtMs: startTime.getTime() };
  return oldest;
}
