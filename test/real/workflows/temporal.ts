import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../../activities/index';
import { loadConfig } from '../../../base/config';
import { createWorkers } from '../../../workers/create-workers';
import { ensureSearchAttributes } from '../../../client/temporal/search-attributes';

Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

export interface TestWorkers {
  readonly client: Client;
  readonly taskQueue: string;
  close(): Promise<void>;
}

/** Workers on a task queue of their own, against the real Temporal server. */
export async function startTestWorkers(activities: Activities): Promise<TestWorkers> {
  bundle ??= bundleWorkflowCode({ workflowsPath: require.resolve('../../../workflows/index') });
  const base = loadConfig();
  const taskQueue = `test-${randomUUID()}`;
  const config = { ...base, temporal: { ...base.temporal, taskQueue } };
  const connection = await Connection.connect({ address: config.temporal.address });
  await ensureSearchAttributes(connection, config.temporal.namespace);
  const native = await NativeConnection.connect({ address: config.temporal.address });
  const workers = await createWorkers({ connection: native, config, activities, workflowBundle: await bundle });
  const running = workers.run();
  return {
    client: new Client({ connection, namespace: config.temporal.namespace }),
    taskQueue,
    close: async () => {
      workers.shutdown();
      await running;
      await native.close();
      await connection.close();
    },
  };
}
