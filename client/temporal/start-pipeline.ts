import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import { pipelineAttribute, pipelineWorkflowId, statusAttribute, tableAttribute } from '../../workflows/attributes';
import type { pipelineWorkflow } from '../../workflows/pipeline';
import type { Temporal } from './connect';
import { ensureSchedules } from './schedules';

export interface StartedPipeline {
  readonly pipeline: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Ids of the upkeep schedules. */
  readonly schedules: readonly string[];
}

/** Starts the workflow of a pipeline and its upkeep schedules. Throws PIPELINE_STATE when it runs already. */
export async function startPipeline(temporal: Temporal, pipeline: Pipeline): Promise<StartedPipeline> {
  const workflowId = pipelineWorkflowId(pipeline.name);
  const tables = [pipeline.table, ...pipeline.windows.map(({ table }) => table)].map(formatTableName);
  try {
    const handle = await temporal.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
      workflowId,
      taskQueue: temporal.taskQueue,
      args: [{ v: 1, pipeline }],
      typedSearchAttributes: [
        { key: pipelineAttribute, value: pipeline.name },
        { key: statusAttribute, value: 'running' },
        { key: tableAttribute, value: tables },
      ],
    });
    const schedules = await ensureSchedules(temporal, pipeline);
    return { pipeline: pipeline.name, workflowId, runId: handle.firstExecutionRunId, schedules };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyRunning([pipeline.name]);
    throw error;
  }
}

export function alreadyRunning(names: readonly string[]): SluiceError {
  const what = names.length === 1 ? `pipeline ${names[0]} runs` : `pipelines ${names.join(', ')} run`;
  return new SluiceError('PIPELINE_STATE', `${what} already`, {
    cure: `To start anew with a changed file: sluice stop ${names.join(' ')}, then start again.`,
  });
}
