import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { isSluiceError, SluiceError } from '../../base/errors';
import { batchWorkflowId } from '../../workflows/attributes';
import { verdictUpdate } from '../../workflows/messages';
import type { BatchStatus, Verdict } from '../../workflows/messages';
import type { Temporal } from './connect';
import { problemOf } from './problem';

export interface BatchName {
  readonly pipeline: string;
  readonly seq: string;
}

/** `user-activity/12`. Throws BAD_INPUT. */
export function parseBatchName(text: string): BatchName {
  const [, pipeline, seq] = /^([^/]+)\/(\d+)$/.exec(text) ?? [];
  if (pipeline === undefined || seq === undefined) {
    throw new SluiceError('BAD_INPUT', `expected a batch as PIPELINE/SEQ, found "${text}"`, {
      cure: 'Write for example user-activity/12; `sluice batches` lists the held ones.',
    });
  }
  return { pipeline, seq: String(BigInt(seq)) };
}

const WORKER_MS = 15_000;

/** A person's decision on a held batch. Throws PIPELINE_STATE when it is not held, TEMPORAL_UNAVAILABLE when no worker answers. */
export async function giveVerdict(
  temporal: Temporal,
  { pipeline, seq }: BatchName,
  verdict: Verdict,
): Promise<BatchStatus> {
  const handle = temporal.client.workflow.getHandle(batchWorkflowId(pipeline, seq));
  const cure = 'sluice batches lists the held ones.';
  try {
    return await temporal.within(WORKER_MS, () => handle.executeUpdate(verdictUpdate, { args: [verdict] }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new SluiceError('PIPELINE_STATE', `no batch ${pipeline}/${seq} is in flight`, { cure, cause: error });
    if (error instanceof WorkflowUpdateFailedError)
      throw new SluiceError('PIPELINE_STATE', problemOf(error.cause).message, { cure, cause: error });
    if (isSluiceError(error, 'TEMPORAL_UNAVAILABLE') || isTimeout(error)) {
      throw new SluiceError(
        'TEMPORAL_UNAVAILABLE',
        `no worker answered for batch ${pipeline}/${seq} within ${WORKER_MS / 1000} s`,
        {
          cure: 'Start one with `sluice up worker`, then look with `sluice batches` whether the verdict arrived.',
          cause: error,
        },
      );
    }
    throw error;
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
