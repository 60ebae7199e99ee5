import type { Temporal } from './connect';

const PREFIX = 'pipeline/';

/** Names of all pipelines that Temporal remembers, running or ended, sorted. */
export async function listPipelineNames(temporal: Temporal): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const { workflowId } of temporal.client.workflow.list({ query: `WorkflowType = 'pipelineWorkflow'` })) {
    if (workflowId.startsWith(PREFIX)) names.add(workflowId.slice(PREFIX.length));
  }
  return [...names].sort();
}
