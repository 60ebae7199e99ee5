import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index';
import { defaultPorts, loadConfig } from '../base/config';
import { describeError } from '../base/errors';
import { createLogger } from '../base/log';
import { openDependencies } from './dependencies';
import { startHealthServer } from './health-server';
import { createMetrics } from './metrics';

/** Data activities at once: two overlap reading with computing; more would only share the same cores and memory. */
const DATA_ACTIVITIES = 4;

/** One worker process: workflows and activities of all pipelines. Ends on TERM or INT after the activities under way. */
async function run(): Promise<void> {
  const config = loadConfig();
  const log = createLogger('worker');
  const { registry, observer } = createMetrics();
  let ready = false;
  const health = await startHealthServer({ port: defaultPorts.workerMetrics + config.portOffset, registry, isReady: () => ready });
  Runtime.install({ shutdownSignals: ['SIGINT', 'SIGTERM'], logger: { ...temporalLogger(log) } });
  const opened = await openDependencies(config, observer);
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  try {
    const worker = await Worker.create({
      connection,
      namespace: config.temporal.namespace,
      taskQueue: config.temporal.taskQueue,
      workflowsPath: require.resolve('../workflows/index'),
      activities: createActivities(opened.deps),
      maxConcurrentActivityTaskExecutions: DATA_ACTIVITIES,
      shutdownGraceTime: '20s',
      shutdownForceTime: '30s',
    });
    ready = true;
    log.info({ taskQueue: config.temporal.taskQueue }, 'worker.started');
    await worker.run();
    log.info('worker.stopped');
  } finally {
    await connection.close();
    await opened.close();
    await health.close();
  }
}

function temporalLogger(log: ReturnType<typeof createLogger>) {
  return { log };
}

run().catch((error: unknown) => {
  process.stderr.write(`worker: ${describeError(error)}\n`);
  process.exit(1);
});
