import type { LogEntry } from '../nessie/types';

/** Properties of a rollback's commit. `sluice.rollback` is the hash whose tables main holds again. */
export const rollbackTo = 'sluice.rollback';
/** The head that was left. */
export const rollbackFrom = 'sluice.rollback-from';
/** Pipelines whose tables went back, separated by commas; absent when every table did. */
export const rollbackPipelines = 'sluice.rollback-pipelines';

/**
 * Commits of main without those that a rollback took back, newest first: after a rollback's commit the walk goes on at the commit that main
 * went back to. The rollback's own commit is handed on. With `pipeline`, rollbacks of other pipelines alone take nothing back.
 */
export async function* standingCommits(
  log: AsyncIterable<LogEntry>,
  { pipeline }: { readonly pipeline?: string } = {},
): AsyncGenerator<LogEntry> {
  let skipTo: string | undefined;
  for await (const entry of log) {
    if (skipTo !== undefined && entry.hash !== skipTo) continue;
    skipTo = takesBack(entry, pipeline) ? entry.properties[rollbackTo] : undefined;
    yield entry;
  }
}

/** True for the commit of a rollback that took back commits of `pipeline`; without one, of a rollback of every table. Pure. */
export function takesBack({ properties }: LogEntry, pipeline: string | undefined): boolean {
  if (properties[rollbackTo] === undefined) return false;
  const pipelines = properties[rollbackPipelines];
  if (pipelines === undefined) return true;
  // A rollback of some pipelines leaves the commits of the others standing.
  return pipeline !== undefined && pipelines.split(',').includes(pipeline);
}
