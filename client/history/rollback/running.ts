import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../../../base/errors';
import { batchWorkflowId, pipelineWorkflowId } from '../../../workflows/attributes';
import type { Temporal } from '../../temporal/connect';
import { readPipelineRun, type PipelineRun } from '../../temporal/pipeline-run';
import { requestStop, waitStopped } from '../../temporal/stop-pipeline';
import { lookAt } from '../../temporal/workflow-look';

/** Those of the pipelines that run, or of which a batch is still ending. Throws TEMPORAL_UNAVAILABLE. */
export async function runningOf(temporal: Temporal, pipelines: readonly string[]): Promise<readonly string[]> {
  const looks = await Promise.all(
    pipelines.map(async (name) => {
      const look = await lookAt(temporal, pipelineWorkflowId(name));
      return look?.status === 'running' || (await hasBatch(temporal, name));
    }),
  );
  return pipelines.filter((_, index) => looks[index]);
}

/** A batch outlives a pipeline that was terminated. By workflow id: search attributes are only there once a pipeline was started. */
async function hasBatch(temporal: Temporal, pipeline: string): Promise<boolean> {
  const prefix = batchWorkflowId(pipeline, '').replaceAll("'", "''");
  const query = `WorkflowType = 'batchWorkflow' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${prefix}'`;
  for await (const found of temporal.client.workflow.list({ query })) {
    // The index lags behind: only the workflow itself knows that it has ended.
    if ((await lookAt(temporal, found.workflowId))?.status === 'running') return true;
  }
  return false;
}

/** Throws PIPELINE_STATE when any runs. */
export function refuseRunning(running: readonly string[]): void {
  if (running.length === 0) return;
  const names = running.join(' ');
  throw new SluiceError(
    'PIPELINE_STATE',
    `${running.join(', ')} ${running.length === 1 ? 'runs' : 'run'}, and would go on from a position that the rollback takes away`,
    {
      cure: `sluice stop ${names}, or add --stop; --restart also starts ${running.length === 1 ? 'it' : 'them'} again afterwards.`,
    },
  );
}

/** Stops pipelines and waits until none of their batches runs any more. Throws the signal's reason. */
export async function stopAll(
  temporal: Temporal,
  names: readonly string[],
  input: { readonly now: boolean; readonly signal: AbortSignal; readonly onLook: (run: PipelineRun) => void },
): Promise<void> {
  const { now, signal, onLook } = input;
  for (const name of names) {
    const { state } = await readPipelineRun(temporal, name);
    if (state === 'running' || state === 'stopping') await requestStop(temporal, { name, now });
  }
  await Promise.all(names.map((name) => waitStopped(temporal, { name, signal, onLook })));
  while ((await runningOf(temporal, names)).length > 0) {
    signal.throwIfAborted();
    await sleep(500);
  }
}
