import { setFlagsFromString } from 'node:v8';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index';
import { loadConfig } from '../base/config';
import { describeError } from '../base/errors';
import { createLogger } from '../base/log';
import { createWorkers } from './create-workers';
import { openDependencies } from './dependencies';
import { startHealthServer } from './health-server';
import { createMetrics } from './metrics';
import { temporalLogger } from './temporal-logger';
import { makeWorkflowBundle } from './workflow-bundle';

/**
 * V8 collects the whole heap again when memory outside of it (answers of Kafka, pieces of files) has grown by a third or so of the heap itself,
 * which is small here and nearly all modules: 60 collections for five million events that make hardly an object. With leave to double
 * in between there are 12, 1.2 µs of CPU less per event and 50 MB more memory (docs/hot-path-log.md).
 */
setFlagsFromString('--heap-growing-percent=100');

/** One worker process: workflows and activities of all pipelines. Ends on TERM or INT after the activities under way. */
async function run(): Promise<void> {
  const config = loadConfig();
  const log = createLogger('worker');
  const { registry, observer } = createMetrics();
  let ready = false;
  const health = await startHealthServer({
    port: config.worker.healthPort,
    registry,
    isReady: () => ready,
  });
  Runtime.install({ shutdownSignals: ['SIGINT', 'SIGTERM'], logger: temporalLogger(log) });
  const opened = await openDependencies(config, observer);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  try {
    const workflowBundle = await makeWorkflowBundle(opened.deps.scratchDirectory);
    const activities = createActivities(opened.deps);
    const workers = await createWorkers({ connection, config, activities, workflowBundle });
    ready = true;
    log.info({ taskQueue: config.temporal.taskQueue }, 'worker.started');
    await workers.run();
    log.info('worker.stopped');
  } finally {
    await connection.close();
    await opened.close();
    await health.close();
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`worker: ${describeError(error)}\n`);
  process.exit(1);
});
