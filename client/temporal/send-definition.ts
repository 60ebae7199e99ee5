import { WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateStage } from '@temporalio/client';
import { canonicalJson } from '../../base/json';
import { isSluiceError, SluiceError } from '../../base/errors';
import type { Pipeline } from '../../pipeline/model';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { definitionQuery, useDefinitionUpdate } from '../../workflows/messages';
import type { NewDefinition, TakenDefinition } from '../../workflows/messages';
import type { Temporal } from './connect';
import { problemError, problemOf } from './problem';
import { lookAt } from './workflow-look';

const WORKER_MS = 15_000;
const QUERY_MS = 3_000;
const SAY_EVERY_MS = 10_000;

/** How a running pipeline stands to a definition; `unknown`: no worker answers. Undefined: it does not run. */
export async function runsBy(
  temporal: Temporal,
  pipeline: Pipeline,
): Promise<'same' | 'other' | 'unknown' | undefined> {
  const workflowId = pipelineWorkflowId(pipeline.name);
  const look = await lookAt(temporal, workflowId);
  if (look?.status !== 'running') return undefined;
  let running: Pipeline;
  try {
    const handle = temporal.client.workflow.getHandle(workflowId);
    running = await temporal.connection.withDeadline(Date.now() + QUERY_MS, () => handle.query(definitionQuery));
  } catch {
    // No worker, or one of an older version: whether it takes the definition will be seen.
    return 'unknown';
  }
  return canonicalJson(running) === canonicalJson(pipeline) ? 'same' : 'other';
}

/**
 * Hands a definition to a running pipeline and waits until it is taken up: the batches in flight are finished first, which a held one can delay
 * for long; `onWait` is called every 10 s. The pipeline goes on with it whether or not this process lives. Throws what refused it, PIPELINE_STATE
 * when the pipeline ended meanwhile, TEMPORAL_UNAVAILABLE when no worker took it in.
 */
export async function sendDefinition(
  temporal: Temporal,
  definition: NewDefinition,
  onWait: (waitedMs: number) => void,
): Promise<TakenDefinition> {
  const { name } = definition.pipeline;
  const handle = temporal.client.workflow.getHandle(pipelineWorkflowId(name));
  const startedMs = Date.now();
  let timer: NodeJS.Timeout | undefined;
  try {
    const update = await temporal.within(WORKER_MS, () =>
      handle.startUpdate(useDefinitionUpdate, {
        args: [definition],
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      }),
    );
    timer = setInterval(() => onWait(Date.now() - startedMs), SAY_EVERY_MS);
    return await update.result();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new SluiceError('PIPELINE_STATE', `pipeline ${name} ended before it could take the new definition up`, {
        cure: 'Run the command again: a pipeline that does not run is changed at once.',
        cause: error,
      });
    if (error instanceof WorkflowUpdateFailedError) throw problemError(problemOf(error.cause));
    if (isSluiceError(error, 'TEMPORAL_UNAVAILABLE') || isTimeout(error)) throw noWorker(name, error);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';

function noWorker(name: string, cause: unknown): SluiceError {
  return new SluiceError('TEMPORAL_UNAVAILABLE', `pipeline ${name} runs, but no worker took the new definition in`, {
    cure: `Start one with \`sluice up worker\`, then look with \`sluice apply ${name} --dry-run\` whether it was taken up.`,
    cause,
  });
}
