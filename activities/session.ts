import type { Session } from '../engine/engine';
import type { ActivityDeps } from './deps';

/** A DuckDB session for one piece of work: interrupted when the activity is cancelled, closed whatever happens. */
export async function withSession<T>(
  deps: ActivityDeps,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await deps.engine.session();
  const interrupt = (): void => session.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    signal.throwIfAborted();
    return await work(session);
  } finally {
    signal.removeEventListener('abort', interrupt);
    session.close();
  }
}
