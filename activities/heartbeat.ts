import { Context } from '@temporalio/activity';

const EVERY_MS = 2000;

/**
 * Heartbeats while `work` runs: the server learns within the heartbeat timeout that a worker died, and cancellation
 * reaches the activity's AbortSignal only by this way. `report` changes the details that the Temporal UI shows.
 */
export async function withHeartbeat<T>(
  work: (input: { signal: AbortSignal; report: (details: unknown) => void }) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let details: unknown;
  const timer = setInterval(() => context.heartbeat(details), EVERY_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      report: (next) => {
        details = next;
      },
    });
  } finally {
    clearInterval(timer);
  }
}
