import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { statusAttribute } from '../../workflows/attributes';
import type { Temporal } from './connect';
import { problemOf } from './problem';
import type { Problem } from './problem';

/** One workflow as the server sees it; needs no worker. */
export interface WorkflowLook {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated';
  readonly taskQueue: string;
  readonly startedAtMs: number;
  readonly closedAtMs?: number;
  /** What the workflow says of itself (SluiceStatus). */
  readonly phase?: string;
  /** Workflow ids. */
  readonly children: readonly string[];
  /** Activities that failed and will be tried again. */
  readonly retrying: readonly Problem[];
}

/** The newest run of a workflow; undefined when the server knows none. */
export async function lookAt(temporal: Temporal, workflowId: string): Promise<WorkflowLook | undefined> {
  try {
    const handle = temporal.client.workflow.getHandle(workflowId);
    return lookOf(await temporal.within(5_000, () => handle.describe()));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function lookOf(description: WorkflowExecutionDescription): WorkflowLook {
  const { raw, closeTime, typedSearchAttributes } = description;
  const phase = typedSearchAttributes.get(statusAttribute);
  return {
    workflowId: description.workflowId,
    runId: description.runId,
    status: statusOf(description.status.name),
    taskQueue: description.taskQueue,
    startedAtMs: description.startTime.getTime(),
    ...(closeTime === undefined ? {} : { closedAtMs: closeTime.getTime() }),
    ...(phase === undefined ? {} : { phase }),
    children: (raw.pendingChildren ?? []).flatMap(({ workflowId }) => (workflowId ? [workflowId] : [])),
    retrying: (raw.pendingActivities ?? []).flatMap((pending) => retryingOf(pending)),
  };
}

function statusOf(name: WorkflowExecutionDescription['status']['name']): WorkflowLook['status'] {
  switch (name) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
    case 'TIMED_OUT':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    default:
      return 'running';
  }
}

function retryingOf(pending: temporal.api.workflow.v1.IPendingActivityInfo): readonly Problem[] {
  const { lastFailure, activityType, attempt } = pending;
  if (!lastFailure) return [];
  const error = defaultFailureConverter.failureToError(lastFailure, defaultPayloadConverter);
  return [{ ...problemOf(error), activity: activityType?.name ?? 'activity', attempt: Number(attempt ?? 1) }];
}
