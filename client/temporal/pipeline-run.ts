import { WorkflowFailedError } from '@temporalio/client';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { batchStatusQuery, pipelineStatusQuery } from '../../workflows/messages';
import type { BatchStatus, PipelineStatus } from '../../workflows/messages';
import type { Temporal } from './connect';
import { problemOf } from './problem';
import type { Problem } from './problem';
import { lookAt } from './workflow-look';
import type { WorkflowLook } from './workflow-look';

export interface BatchRun {
  readonly seq: string;
  readonly workflowId: string;
  /** BatchPhase; `held` waits for a person. */
  readonly phase: string;
  readonly startedAtMs: number;
  readonly problem?: Problem;
  /** Checks that hold it: known while a worker runs. */
  readonly held?: BatchStatus['held'];
}

/** A pipeline as Temporal sees it. */
export interface PipelineRun {
  readonly name: string;
  /** `failed` ended with `problem`; `running` may have one that is tried again. */
  readonly state: 'not started' | 'running' | 'stopping' | 'stopped' | 'failed' | 'cancelled' | 'terminated';
  readonly sinceMs?: number;
  /** In flight, in order. */
  readonly batches: readonly BatchRun[];
  readonly problem?: Problem;
}

/** How long a worker has to answer a query: one that is busy answers within milliseconds, one that is not there never. */
const WORKER_MS = 2_000;

/** Asks the server, and a worker only for what the server cannot tell. Throws TEMPORAL_UNAVAILABLE. */
export async function readPipelineRun(temporal: Temporal, name: string): Promise<PipelineRun> {
  const look = await lookAt(temporal, pipelineWorkflowId(name));
  if (!look) return { name, state: 'not started', batches: [] };
  if (look.status !== 'running') return endedRun(temporal, name, look);
  const [children, status, workers] = await Promise.all([
    Promise.all(look.children.map((workflowId) => readBatchRun(temporal, workflowId))),
    askWorker(temporal, () =>
      temporal.client.workflow.getHandle(look.workflowId).query<PipelineStatus>(pipelineStatusQuery),
    ),
    countPollers(temporal, look.taskQueue),
  ]);
  const batches = children.filter((batch) => batch !== undefined).sort((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)));
  const problem =
    workers === 0 ? noWorker(look.taskQueue) : (look.retrying[0] ?? batches.find((b) => b.problem)?.problem);
  return {
    name,
    state: status?.state === 'stopping' ? 'stopping' : 'running',
    sinceMs: look.startedAtMs,
    batches,
    ...(problem ? { problem } : {}),
  };
}

async function endedRun(temporal: Temporal, name: string, look: WorkflowLook): Promise<PipelineRun> {
  const { status, closedAtMs } = look;
  const state = status === 'completed' ? 'stopped' : status === 'running' ? 'running' : status;
  const problem = state === 'failed' ? await failureOf(temporal, look) : undefined;
  return {
    name,
    state,
    ...(closedAtMs === undefined ? {} : { sinceMs: closedAtMs }),
    batches: [],
    ...(problem ? { problem } : {}),
  };
}

/** Why an ended workflow failed. */
export async function failureOf(temporal: Temporal, look: WorkflowLook): Promise<Problem | undefined> {
  const handle = temporal.client.workflow.getHandle(look.workflowId, look.runId);
  try {
    await temporal.within(5_000, () => handle.result());
    return undefined;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return problemOf(error);
    throw error;
  }
}

async function readBatchRun(temporal: Temporal, workflowId: string): Promise<BatchRun | undefined> {
  const look = await lookAt(temporal, workflowId);
  if (!look || look.status !== 'running') return undefined;
  const problem = look.retrying[0];
  const status =
    look.phase === 'held'
      ? await askWorker(temporal, () =>
          temporal.client.workflow.getHandle(workflowId).query<BatchStatus>(batchStatusQuery),
        )
      : undefined;
  return {
    seq: workflowId.slice(workflowId.lastIndexOf('/') + 1),
    workflowId,
    phase: look.phase ?? 'starting',
    startedAtMs: look.startedAtMs,
    ...(problem ? { problem } : {}),
    ...(status ? { held: status.held } : {}),
  };
}

/** Undefined when no worker answers: what it would have said is told by the server in part. */
async function askWorker<T>(temporal: Temporal, query: () => Promise<T>): Promise<T | undefined> {
  try {
    return await temporal.connection.withDeadline(Date.now() + WORKER_MS, query);
  } catch {
    return undefined;
  }
}

/** Workers that asked for work of this queue in the last minutes. */
export async function countPollers(temporal: Temporal, taskQueue: string): Promise<number> {
  const { namespace, connection } = temporal;
  const answer = await temporal.within(5_000, () =>
    connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: 1 }),
  );
  return answer.pollers?.length ?? 0;
}

function noWorker(taskQueue: string): Problem {
  return {
    code: 'TEMPORAL_UNAVAILABLE',
    message: `no worker runs on task queue ${taskQueue}`,
    cure: 'Start one: sluice up worker',
  };
}
