import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { describeError, errorCodes, SluiceError } from '../../base/errors';
import type { ErrorCode } from '../../base/errors';

/** What keeps a workflow from going on, or ended it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cure?: string;
  /** Of one that is tried again: which activity, and which attempt comes next. */
  readonly activity?: string;
  readonly attempt?: number;
}

/** Reads a failure as activities/failure.ts and the workflows make them: the code is its type, the cure its first detail. */
export function problemOf(error: unknown): Problem {
  const root = rootOf(error);
  if (root instanceof ApplicationFailure) {
    const detail = root.details?.[0] as { readonly cure?: unknown } | undefined;
    const cure = typeof detail?.cure === 'string' ? { cure: detail.cure } : {};
    return { code: knownCode(root.type), message: root.message, ...cure };
  }
  if (root instanceof TimeoutFailure)
    return {
      code: 'INTERNAL',
      message: `${root.message || 'an activity timed out'}: its worker ended or hangs`,
      cure: 'It is tried again by itself while a worker runs: sluice status, sluice up',
    };
  return { code: 'INTERNAL', message: describeError(root) };
}

export function problemError({ code, message, cure }: Problem, prefix = ''): SluiceError {
  return new SluiceError(code, `${prefix}${message}`, cure === undefined ? {} : { cure });
}

function rootOf(error: unknown): unknown {
  let current = error;
  while (
    (current instanceof WorkflowFailedError ||
      current instanceof ChildWorkflowFailure ||
      current instanceof ActivityFailure) &&
    current.cause !== undefined
  )
    current = current.cause;
  return current;
}

function knownCode(type: string | null | undefined): ErrorCode {
  return type !== null && type !== undefined && Object.hasOwn(errorCodes, type) ? (type as ErrorCode) : 'INTERNAL';
}
