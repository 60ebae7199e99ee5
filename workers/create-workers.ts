import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index';
import type { SluiceConfig } from '../base/config';
import { dataQueue, upkeepQueue } from '../workflows/queues';

/** Two at once overlap reading with computing; more would share the same cores and need more memory. */
const DATA_SLOTS = 2;
const CATALOG_SLOTS = 20;
/** One rewrite at a time per worker, whatever waits: batches have the right of way on the machine. */
const UPKEEP_SLOTS = 1;

export interface SluiceWorkers {
  /** Ends when all have drained. */
  run(): Promise<void>;
  shutdown(): void;
}

/** The workers of one process: workflows with catalog activities on one queue, data activities and upkeep on two others with few slots. */
export async function createWorkers(input: {
  readonly connection: NativeConnection;
  readonly config: SluiceConfig;
  readonly activities: Activities;
  /** A bundle made before; by default the workflows are bundled now (1-3 s). */
  readonly workflowBundle?: { readonly code: string };
}): Promise<SluiceWorkers> {
  const { connection, config, activities, workflowBundle } = input;
  const { namespace, taskQueue } = config.temporal;
  const shared = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: '20s',
    shutdownForceTime: '30s',
  } as const satisfies Partial<WorkerOptions>;
  const workflows = workflowBundle ? { workflowBundle } : { workflowsPath: require.resolve('../workflows/index') };
  const main = await Worker.create({
    ...shared,
    ...workflows,
    taskQueue,
    maxConcurrentActivityTaskExecutions: CATALOG_SLOTS,
  });
  const data = await Worker.create({
    ...shared,
    taskQueue: dataQueue(taskQueue),
    maxConcurrentActivityTaskExecutions: DATA_SLOTS,
  });
  const upkeep = await Worker.create({
    ...shared,
    taskQueue: upkeepQueue(taskQueue),
    maxConcurrentActivityTaskExecutions: UPKEEP_SLOTS,
  });
  const workers = [main, data, upkeep];
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
