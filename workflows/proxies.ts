import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index';
import { dataQueue, upkeepQueue } from './queues';

/**
 * Two classes of work. Codes that cannot be cured by trying again arrive as non-retryable (activities/failure.ts); all others
 * are tried for ever, with the attempt and its error visible in the Temporal UI: an outage delays a pipeline, it never ends one.
 */
const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

type DataActivity = 'ingestRange' | 'closeWindows' | 'auditBatch';
type UpkeepActivity = 'rewriteGroup';
type LakeActivity =
  | 'planCompaction'
  | 'publishCompaction'
  | 'expireTable'
  | 'dropRows'
  | 'rewriteManifests'
  | 'cleanBranches'
  | 'sweepLake';

/** Work that moves data: long, heart-beating, cancellable. A function, because the queue is known only inside a workflow. */
export const dataActivities = (): Pick<Activities, DataActivity> =>
  proxyActivities<Activities>({
    taskQueue: dataQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '30m',
    heartbeatTimeout: '15s',
    retry,
  });

/** Upkeep that moves data: as data activities, behind no batch's and before none. */
export const upkeepActivities = (): Pick<Activities, UpkeepActivity> =>
  proxyActivities<Activities>({
    taskQueue: upkeepQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '2h',
    heartbeatTimeout: '15s',
    retry,
  });

/** Work on the catalog and on positions: short. */
export const catalog = proxyActivities<Omit<Activities, DataActivity | UpkeepActivity | LakeActivity>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  retry,
});

/** Upkeep of whole tables or of the lake: may take hours, is alive as long as it says so, and can be run again at any point. */
export const upkeep = proxyActivities<Pick<Activities, LakeActivity>>({
  startToCloseTimeout: '12h',
  heartbeatTimeout: '30s',
  retry,
});
