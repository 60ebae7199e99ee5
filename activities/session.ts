import { randomUUID } from 'node:crypto';
import type { Session } from '../engine/engine';
import type { ActivityDeps } from './deps';

/**
 * A DuckDB session for one piece of work, with a catalog of its own: tables of activities that run side by side never meet, and
 * are gone with it; its schemas can be named like namespaces of the lake. Interrupted when the activity is cancelled, closed whatever happens.
 */
export async function withSession<T>(
  deps: ActivityDeps,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await deps.engine.session();
  const catalog = `work_${randomUUID().replaceAll('-', '')}`;
  const interrupt = (): void => session.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    signal.throwIfAborted();
    await session.run(`attach ':memory:' as ${catalog}; use ${catalog}`);
    return await work(session);
  } finally {
    signal.removeEventListener('abort', interrupt);
    await session.run(`use memory; detach database if exists ${catalog}`);
    session.close();
  }
}
