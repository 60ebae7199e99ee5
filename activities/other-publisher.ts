import { activityInfo } from '@temporalio/activity';
import { isSluiceError, SluiceError } from '../base/errors';
import { takesBack } from '../lake/history/standing-commits';
import type { Lake } from '../lake/lake';
import type { ActivityDeps } from './deps';

const RUN = 'sluice.run';

/** Commit property: the workflow run that publishes, so that a second publisher can be found. Call inside an activity. */
export function runProperties(): Readonly<Record<string, string>> {
  const { workflowNamespace, workflowExecution, activityNamespace } = activityInfo();
  const namespace = workflowNamespace ?? activityNamespace;
  return workflowExecution ? { [RUN]: `${namespace} ${workflowExecution.workflowId} ${workflowExecution.runId}` } : {};
}

/** Does `work`; an OFFSET_MISMATCH then also says who published the newest batch on main, or took main back since. */
export async function namePublisher<T>(
  { lake }: Pick<ActivityDeps, 'lake'>,
  pipeline: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSluiceError(error, 'OFFSET_MISMATCH')) throw error;
    const newest = await newestChange(lake, pipeline);
    if (newest === undefined) throw error;
    const cure =
      newest.kind === 'rollback'
        ? `Start it again: sluice start ${pipeline}. It goes on from where main was taken back to; nothing of this batch was published.`
        : `Two publish into the same tables: find the other one, let only one run, then: sluice start ${pipeline}. It goes on from the lake; nothing of this batch was published.`;
    throw new SluiceError('OFFSET_MISMATCH', `${error.message}; ${newest.told}`, {
      cure,
      context: error.context,
      cause: error,
    });
  }
}

/** Who moved the position of `pipeline` last, in words; undefined when the log does not tell. */
async function newestChange(
  lake: Lake,
  pipeline: string,
): Promise<{ readonly kind: 'batch' | 'rollback'; readonly told: string } | undefined> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  for await (const entry of lake.nessie.log(hash)) {
    const { properties, timeMs } = entry;
    const when = new Date(timeMs).toISOString();
    if (takesBack(entry, pipeline)) {
      const { 'sluice.by': by, 'sluice.why': why } = properties;
      return {
        kind: 'rollback',
        told: `main was taken back at ${when} by ${by ?? 'someone'}: ${why ?? 'no reason given'}`,
      };
    }
    if (properties['sluice.pipeline'] !== pipeline || properties['sluice.batch'] === undefined) continue;
    const [namespace, workflowId, runId] = properties[RUN]?.split(' ') ?? [];
    if (workflowId === undefined) return undefined;
    const told = `batch ${properties['sluice.batch']} was published at ${when} by workflow ${workflowId} (run ${runId}) of Temporal namespace ${namespace}`;
    return { kind: 'batch', told };
  }
  return undefined;
}
