/**
 * The shipped worker but for clients that are wrapped here: at the point named by SLUICE_CHAOS_POINT it reports to its parent and waits until
 * the parent says go. The product itself has no hook for faults.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { NativeConnection, Runtime } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import { createActivities } from '../../activities/index';
import type { Activities } from '../../activities/index';
import type { ActivityDeps } from '../../activities/deps';
import { loadConfig } from '../../base/config';
import { createLogger } from '../../base/log';
import { createWorkers } from '../../workers/create-workers';
import { openDependencies } from '../../workers/dependencies';
import { temporalLogger } from '../../workers/temporal-logger';
import type { Go, PointReached, WorkerPoint } from './points';

const armed = process.env['SLUICE_CHAOS_POINT'];
const bundleFile = process.env['SLUICE_CHAOS_BUNDLE'];
const now = new AsyncLocalStorage<{ readonly activity: keyof Activities; readonly seq: number }>();
const waiting = new Map<number, () => void>();
let reports = 0;

process.on('message', (message: Go) => {
  waiting.get(message.go)?.();
  waiting.delete(message.go);
});

/** Reports the point when it is the armed one, inside one of the named activities, and waits there. */
async function at(point: WorkerPoint, ...activities: readonly (keyof Activities)[]): Promise<void> {
  const current = now.getStore();
  if (armed !== point || current === undefined || !activities.includes(current.activity)) return;
  const id = ++reports;
  await new Promise<void>((resolve) => {
    waiting.set(id, resolve);
    const report: PointReached = { point, seq: current.seq, id };
    process.send!(report);
  });
}

function wrapDeps(deps: ActivityDeps): ActivityDeps {
  const { kafka, lake, admin, cache } = deps;
  return {
    ...deps,
    cache: {
      ...cache,
      fetch: async (uri) => {
        const file = await cache.fetch(uri);
        await at('compaction: during rewrite', 'rewriteGroup');
        return file;
      },
    },
    kafka: {
      ...kafka,
      readRange: async (input, sink) => {
        await at('during read', 'ingestRange');
        return kafka.readRange(input, sink);
      },
    },
    admin: {
      ...admin,
      commitGroupOffsets: async (group, topic, offsets) => {
        await at('during announce', 'announceBatch');
        await admin.commitGroupOffsets(group, topic, offsets);
      },
    },
    lake: {
      ...lake,
      store: {
        ...lake.store,
        get: async (uri) => {
          await at('during audit', 'auditBatch');
          await at('sweep: while marking', 'sweepLake');
          return lake.store.get(uri);
        },
        put: async (uri, body, options) => {
          const outcome = await lake.store.put(uri, body, options);
          if (uri.endsWith('/list.json')) await at('sweep: list written', 'sweepLake');
          return outcome;
        },
        delete: async (uris) => {
          const half = Math.floor(uris.length / 2);
          if (half === 0) return lake.store.delete(uris);
          await lake.store.delete(uris.slice(0, half));
          await at('sweep: half way through deleting', 'sweepLake');
          await lake.store.delete(uris.slice(half));
        },
        putFile: async (uri, path, options) => {
          await at('before upload', 'ingestRange');
          const result = await lake.store.putFile(uri, path, options);
          await at('after upload', 'ingestRange');
          await at('windows stored', 'closeWindows');
          await at('compaction: after upload', 'rewriteGroup');
          return result;
        },
      },
      nessie: {
        ...lake.nessie,
        commit: async (input) => {
          const outcome = await lake.nessie.commit(input);
          await at('compaction: after commit', 'publishCompaction');
          return outcome;
        },
        merge: async (input) => {
          await at('before merge', 'publishBatch');
          await at('compaction: before merge', 'publishCompaction');
          await at('expiry: before merge', 'expireTable');
          const outcome = await lake.nessie.merge(input);
          await at('after merge', 'publishBatch');
          await at('compaction: after merge', 'publishCompaction');
          await at('expiry: after merge', 'expireTable');
          return outcome;
        },
      },
    },
  };
}

/** Tells the wrapped clients which activity, and which batch, a call belongs to. */
function wrapActivities(activities: Activities): Activities {
  const wrapped = Object.entries(activities).map(([name, run]) => {
    const activity = name as keyof Activities;
    return [
      name,
      (input: { readonly plan?: { readonly seq: string } }) =>
        now.run({ activity, seq: Number(input.plan?.seq ?? 0) }, async () => {
          const result: unknown = await (run as (input: unknown) => Promise<unknown>)(input);
          if (activity === 'stageBatch') await at('after stage', 'stageBatch');
          return result;
        }),
    ];
  });
  return Object.fromEntries(wrapped) as Activities;
}

async function run(): Promise<void> {
  const config = loadConfig();
  const log = createLogger('worker');
  Runtime.install({ shutdownSignals: [], logger: temporalLogger(log) });
  const opened = await openDependencies(config, { batchPublished: () => undefined, publishConflict: () => undefined });
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const activities = wrapActivities(createActivities(wrapDeps(opened.deps)));
  const workflowBundle: WorkerOptions['workflowBundle'] =
    bundleFile === undefined ? undefined : { code: readFileSync(bundleFile, 'utf8') };
  const workers = await createWorkers({
    connection,
    config,
    activities,
    ...(workflowBundle === undefined ? {} : { workflowBundle }),
  });
  process.once('SIGTERM', () => workers.shutdown());
  log.info({ taskQueue: config.temporal.taskQueue }, 'worker.started');
  await workers.run();
  await connection.close();
  await opened.close();
  process.disconnect?.();
}

run().catch((error: unknown) => {
  process.stderr.write(`chaos worker: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
