import { asyncLocalStorage, Context } from '@temporalio/activity';
import type { Info } from '@temporalio/activity';

/** Runs an activity as a worker would, without a server: heartbeats go nowhere, nothing is cancelled. */
export function asActivity<T>(work: () => Promise<T>): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const info = { attempt: 1 } as Info;
  const unused = undefined as never; // client, logger and meter: activities of Sluice use none of them
  const context = new Context(
    info,
    never,
    new AbortController().signal,
    () => undefined,
    unused,
    unused,
    unused,
    unused,
  );
  return asyncLocalStorage.run(context, work);
}
