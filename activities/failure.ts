import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import { describeError, isRetryable, isSluiceError, SluiceError } from '../base/errors';

/** An error nobody classed is tried this often before the pipeline stops with it: it may be a full disk or a defect. */
const UNCLASSED_ATTEMPTS = 5;

/**
 * Turns what an activity throws into Temporal's terms: `type` is the SluiceError's code, `details[0]` holds its cure and context.
 * Codes that trying again cannot cure are non-retryable.
 */
export function toFailure(error: unknown, attempt: number): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const known = isSluiceError(error) ? error : new SluiceError('INTERNAL', describeError(error), { cause: error });
  const retryable = isSluiceError(error) ? isRetryable(error.code) : attempt < UNCLASSED_ATTEMPTS;
  return ApplicationFailure.create({
    message: known.message,
    type: known.code,
    nonRetryable: !retryable,
    details: [{ cure: known.cure, context: stringContext(known) }],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function stringContext(error: SluiceError): Record<string, string> {
  return Object.fromEntries(Object.entries(error.context).map(([key, value]) => [key, String(value)]));
}

/** Wraps every activity of a table, so that no error reaches Temporal unclassed. */
export function classFailures<A extends object>(activities: A): A {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (...input: unknown[]) => {
      try {
        return await (run as (...args: unknown[]) => Promise<unknown>)(...input);
      } catch (error) {
        throw toFailure(error, activityInfo().attempt);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as A;
}
