import { activityInfo } from '@temporalio/activity';
import { isSluiceError, SluiceError } from '../base/errors';
import type { Lake } from '../lake/lake';
import type { ActivityDeps } from './deps';

const RUN = 'sluice.run';

/** Commit property: the workflow run that publishes, so that a second publisher can be found. Call inside an activity. */
export function runProperties(): Readonly<Record<string, string>> {
  const { workflowNamespace, workflowExecution, activityNamespace } = activityInfo();
  const namespace = workflowNamespace ?? activityNamespace;
  return workflowExecution ? { [RUN]: `${namespace} ${workflowExecution.workflowId} ${workflowExecution.runId}` } : {};
}

/** Does `work`; an OFFSET_MISMATCH then also says who published the newest batch on main. */
export async function namePublisher<T>(
  { lake }: Pick<ActivityDeps, 'lake'>,
  pipeline: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSluiceError(error, 'OFFSET_MISMATCH')) throw error;
    const newest = await newestPublisher(lake, pipeline);
    if (newest === undefined) throw error;
    throw new SluiceError('OFFSET_MISMATCH', `${error.message}; ${newest}`, {
      cure: `Two publish into the same tables: find the other one, let only one run, then: sluice start ${pipeline}. It goes on from the lake; nothing of this batch was published.`,
      context: error.context,
      cause: error,
    });
  }
}

/** Who published the newest batch of `pipeline`, in words; undefined when the log does not tell. */
async function newestPublisher(lake: Lake, pipeline: string): Promise<string | undefined> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  for await (const { properties, timeMs } of lake.nessie.log(hash)) {
    if (properties['sluice.pipeline'] !== pipeline || properties['sluice.batch'] === undefined) continue;
    const [namespace, workflowId, runId] = properties[RUN]?.split(' ') ?? [];
    if (workflowId === undefined) return undefined;
    const when = new Date(timeMs).toISOString();
    return `batch ${properties['sluice.batch']} was published at ${when} by workflow ${workflowId} (run ${runId}) of Temporal namespace ${namespace}`;
  }
  return undefined;
}
