import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { GapDecision } from '../../activities/wire';
import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import { pipelineAttribute, pipelineWorkflowId, statusAttribute, tableAttribute } from '../../workflows/attributes';
import type { pipelineWorkflow } from '../../workflows/pipeline';
import { formatTime } from '../cli/format';
import type { Temporal } from './connect';
import { ensureSchedules } from './schedules';

export interface StartedPipeline {
  readonly pipeline: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Ids of the upkeep schedules. */
  readonly schedules: readonly string[];
}

/**
 * Makes the upkeep schedules of a pipeline and starts its workflow, which carries what a person gave up to go on. The schedules come
 * first: a failure in between leaves upkeep of a pipeline that does not run, which is harmless, and the next start goes on from there.
 * Throws PIPELINE_STATE when it runs already.
 */
export async function startPipeline(
  temporal: Temporal,
  pipeline: Pipeline,
  decision?: GapDecision,
): Promise<StartedPipeline> {
  const workflowId = pipelineWorkflowId(pipeline.name);
  const tables = [pipeline.table, ...pipeline.windows.map(({ table }) => table)].map(formatTableName);
  const schedules = await ensureSchedules(temporal, pipeline);
  try {
    const handle = await temporal.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
      workflowId,
      taskQueue: temporal.taskQueue,
      args: [{ v: 1, pipeline, ...(decision ? { decision } : {}) }],
      typedSearchAttributes: [
        { key: pipelineAttribute, value: pipeline.name },
        { key: statusAttribute, value: 'running' },
        { key: tableAttribute, value: tables },
      ],
    });
    return { pipeline: pipeline.name, workflowId, runId: handle.firstExecutionRunId, schedules };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw alreadyRunning([{ name: pipeline.name }]);
    throw error;
  }
}

export interface RunningPipeline {
  readonly name: string;
  readonly sinceMs?: number;
  /** Where a person sees it. */
  readonly url?: string;
}

export function alreadyRunning(running: readonly RunningPipeline[]): SluiceError {
  const told = running.map(({ name, sinceMs, url }) => {
    const since = sinceMs === undefined ? '' : `, since ${formatTime(sinceMs)}`;
    return `pipeline ${name} runs already${since}${url === undefined ? '' : `: ${url}`}`;
  });
  const names = running.map(({ name }) => name).join(' ');
  return new SluiceError('PIPELINE_STATE', told.join('; '), {
    cure: `Look at it: sluice status ${names}. A changed file is taken up by: sluice apply ${names}`,
  });
}
