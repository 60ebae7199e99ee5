import { defaultPayloadConverter } from '@temporalio/common';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { SluiceError } from '../../base/errors';
import { pipelineAttribute } from '../../workflows/attributes';
import type { Temporal } from '../temporal/connect';
import { countPollers } from '../temporal/pipeline-run';
import { problemError, problemOf } from '../temporal/problem';
import { scheduledRun } from './schedule-list';
import { upkeepProgressQuery } from '../../workflows/upkeep-progress';
import type { UpkeepProgress } from '../../workflows/upkeep-progress';

export interface UpkeepRun {
  readonly workflowType: string;
  /** `expiry/user-activity`, as its schedule is called: a second run of the same work beside a first is refused. */
  readonly workflowId: string;
  readonly input: object;
  readonly pipeline?: string;
}

export interface FollowOptions {
  /** A line of progress; said only when it changed. */
  readonly onProgress: (line: string) => void;
  /** Cancels the run; what it published stays. */
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 300;

/**
 * Starts a workflow of upkeep and follows it to its end. Throws PIPELINE_STATE when the same work runs already, TEMPORAL_UNAVAILABLE
 * where no server or no worker is, what the run failed with, or the signal's reason.
 */
export async function runUpkeep<T>(
  temporal: Temporal,
  { workflowType, workflowId, input, pipeline }: UpkeepRun,
  { onProgress, signal }: FollowOptions,
): Promise<T> {
  if ((await countPollers(temporal, temporal.taskQueue)) === 0)
    throw new SluiceError('TEMPORAL_UNAVAILABLE', `no worker runs on task queue ${temporal.taskQueue}`, {
      cure: 'Start one: sluice up worker',
    });
  const { workflow } = temporal.client;
  const scheduled = await scheduledRun(temporal, workflowId);
  if (scheduled !== undefined) throw runsAlready(workflowId, scheduled);
  try {
    await workflow.start(workflowType, {
      workflowId,
      taskQueue: temporal.taskQueue,
      args: [input],
      ...(pipeline === undefined ? {} : { typedSearchAttributes: [{ key: pipelineAttribute, value: pipeline }] }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw runsAlready(workflowId, workflowId);
  }
  const handle = workflow.getHandle(workflowId);
  let said = '';
  for (;;) {
    if (signal.aborted) {
      await handle.cancel();
      throw signal.reason;
    }
    const description = await temporal.within(5_000, () => handle.describe());
    if (description.status.name !== 'RUNNING') break;
    const [pending] = description.raw.pendingActivities ?? [];
    const line = [await tablesDone(temporal, workflowId), pendingText(pending)].filter(Boolean).join(', ');
    if (line !== '' && line !== said) onProgress(line);
    said = line;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  try {
    return (await handle.result()) as T;
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw problemError(problemOf(error));
    throw error;
  }
}

/** Two compactions would rewrite the same files, one of them in vain. */
function runsAlready(what: string, workflowId: string): SluiceError {
  const by = workflowId === what ? '' : ' by its schedule';
  return new SluiceError('PIPELINE_STATE', `${what} runs already${by}, as workflow ${workflowId}`, {
    cure: `Wait for it to end; the Temporal UI shows how far it is, \`sluice schedules show ${what}\` how the last one ended.`,
  });
}

/** `2 of 5 tables done`; empty while no worker answers. */
async function tablesDone(temporal: Temporal, workflowId: string): Promise<string> {
  try {
    const { done, total, at } = await temporal.connection.withDeadline(Date.now() + 2_000, () =>
      temporal.client.workflow.getHandle(workflowId).query<UpkeepProgress>(upkeepProgressQuery),
    );
    return total < 2 ? '' : `${done} of ${total} tables${at === undefined ? '' : `, at ${at}`}`;
  } catch {
    return ''; // it ended meanwhile, or has no such query: the next look says more
  }
}

/** What the running activity says of itself in its heartbeats. */
function pendingText(pending: temporal.api.workflow.v1.IPendingActivityInfo | undefined): string {
  if (!pending) return '';
  if (pending.lastFailure && (pending.attempt ?? 1) > 1)
    return `attempt ${pending.attempt}: ${pending.lastFailure.message ?? 'failed'}`;
  const payload = pending.heartbeatDetails?.payloads?.[0];
  if (!payload) return '';
  const details: unknown = defaultPayloadConverter.fromPayload(payload);
  return heartbeatText(details);
}

/** `{step, done, total}` of a heartbeat as text. Pure. */
export function heartbeatText(details: unknown): string {
  if (typeof details !== 'object' || details === null) return '';
  const { step, done, total } = details as { readonly step?: string; readonly done?: number; readonly total?: number };
  if (step === undefined) return '';
  const counts = done === undefined ? '' : ` ${done.toLocaleString('en-US')}`;
  return `${step}${counts}${total === undefined ? '' : ` of ${total.toLocaleString('en-US')}`}`;
}
