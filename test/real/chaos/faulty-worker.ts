/**
 * A worker that kills itself with SIGKILL once, at the point named by SLUICE_FAULT; the file SLUICE_FAULT_MARK remembers that it
 * did. It is the shipped worker but for clients that are wrapped here: the product has no hook for faults.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../../../activities/index';
import type { Activities } from '../../../activities/index';
import type { ActivityDeps } from '../../../activities/deps';
import { loadConfig } from '../../../base/config';
import { createWorkers } from '../../../workers/create-workers';
import { openDependencies } from '../../../workers/dependencies';
import type { FaultPoint } from './fault-points';

const point = process.env['SLUICE_FAULT'] as FaultPoint;
const mark = process.env['SLUICE_FAULT_MARK']!;

function die(): void {
  if (existsSync(mark)) return;
  writeFileSync(mark, point);
  process.kill(process.pid, 'SIGKILL');
}

function faultyDeps(deps: ActivityDeps): ActivityDeps {
  const { kafka, lake } = deps;
  return {
    ...deps,
    kafka: {
      ...kafka,
      describeTopic: (topic) => kafka.describeTopic(topic),
      listOffsets: (topic) => kafka.listOffsets(topic),
      close: () => kafka.close(),
      readRange: async (input, sink) => {
        const summary = await kafka.readRange(input, sink);
        if (point === 'during ingest') die();
        return summary;
      },
    },
    lake: {
      ...lake,
      store: {
        ...lake.store,
        putFile: async (uri, path, options) => {
          const result = await lake.store.putFile(uri, path, options);
          if (point === 'after the first upload') die();
          return result;
        },
      },
      nessie: {
        ...lake.nessie,
        merge: async (input) => {
          if (point === 'before the merge') die();
          const outcome = await lake.nessie.merge(input);
          if (point === 'merged, answer lost') die();
          return outcome;
        },
      },
    },
  };
}

function faultyActivities(activities: Activities): Activities {
  return {
    ...activities,
    stageBatch: async (input) => {
      const result = await activities.stageBatch(input);
      if (point === 'after staging') die();
      return result;
    },
    auditBatch: async (input) => {
      if (point === 'during the audit') setTimeout(die, 5);
      return activities.auditBatch(input);
    },
    announceBatch: async (input) => {
      if (point === 'after the merge') die();
      await activities.announceBatch(input);
    },
  };
}

async function run(): Promise<void> {
  const config = loadConfig();
  const opened = await openDependencies(config, { batchPublished: () => undefined, publishConflict: () => undefined });
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const activities = faultyActivities(createActivities(faultyDeps(opened.deps)));
  const workers = await createWorkers({ connection, config, activities });
  process.once('SIGTERM', () => workers.shutdown());
  await workers.run();
  await connection.close();
  await opened.close();
}

run().catch((error: unknown) => {
  process.stderr.write(`faulty worker: ${String(error)}\n`);
  process.exit(1);
});
