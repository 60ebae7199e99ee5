import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index';
import { dataQueue } from './queues';

/**
 * Two classes of work. Codes that cannot be cured by trying again arrive as non-retryable (activities/failure.ts); all others
 * are tried for ever, with the attempt and its error visible in the Temporal UI: an outage delays a pipeline, it never ends one.
 */
const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

type DataActivity = 'ingestRange' | 'closeWindows' | 'auditBatch' | 'rewriteGroup';

/** Work that moves data: long, heart-beating, cancellable. A function, because the queue is known only inside a workflow. */
export const dataActivities = (): Pick<Activities, DataActivity> =>
  proxyActivities<Activities>({
    taskQueue: dataQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '30m',
    heartbeatTimeout: '15s',
    retry,
  });

/** Work on the catalog and on positions: short. */
export const catalog = proxyActivities<Omit<Activities, DataActivity>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  retry,
});
