import { SluiceError } from '../../base/errors';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { stopSignal } from '../../workflows/messages';
import type { Temporal } from './connect';
import { readPipelineRun } from './pipeline-run';
import type { PipelineRun } from './pipeline-run';
import { pauseSchedules } from './schedules';

export interface StopInput {
  readonly name: string;
  /** Cancels what is in flight in place of finishing it; its offsets are read again after the next start. */
  readonly now: boolean;
}

/** Tells a running pipeline to stop. Throws PIPELINE_STATE when it does not run. */
export async function requestStop(temporal: Temporal, { name, now }: StopInput): Promise<void> {
  const run = await readPipelineRun(temporal, name);
  if (run.state !== 'running' && run.state !== 'stopping') {
    throw new SluiceError('PIPELINE_STATE', `pipeline ${name} does not run: it is ${run.state}`, {
      cure: 'sluice status shows all pipelines.',
    });
  }
  const handle = temporal.client.workflow.getHandle(pipelineWorkflowId(name));
  if (now) await handle.cancel();
  else await handle.signal(stopSignal);
  await pauseSchedules(temporal, name);
}

/** Looks every half second until the pipeline has ended; `onLook` sees each look. Throws the signal's reason. */
export async function waitStopped(
  temporal: Temporal,
  input: { readonly name: string; readonly signal: AbortSignal; readonly onLook: (run: PipelineRun) => void },
): Promise<PipelineRun> {
  for (;;) {
    input.signal.throwIfAborted();
    const run = await readPipelineRun(temporal, input.name);
    input.onLook(run);
    if (run.state !== 'running' && run.state !== 'stopping') return run;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
