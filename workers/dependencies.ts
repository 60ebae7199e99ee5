import path from 'node:path';
import type { ActivityDeps, BatchObserver } from '../activities/deps';
import type { SluiceConfig } from '../base/config';
import { openEngine } from '../engine/engine';
import { openPaneCache } from '../engine/panes/pane-cache';
import { closeLake, openLake } from '../lake/lake';
import { openFileCache } from '../lake/objects/file-cache';
import { openKafkaAdmin } from '../stream/kafka/admin';
import { openKafka } from '../stream/kafka/cluster';

const CACHE_BYTES = 4 * 1024 ** 3;
const PANE_BYTES = 1024 ** 3;

export interface OpenedDependencies {
  readonly deps: ActivityDeps;
  close(): Promise<void>;
}

/** Opens the clients of one worker process. Nothing is shared between processes but the file cache, which is made for it. */
export async function openDependencies(config: SluiceConfig, observer: BatchObserver): Promise<OpenedDependencies> {
  const lake = openLake(config);
  const kafka = await openKafka(config.kafka);
  const admin = openKafkaAdmin(config.kafka);
  const scratchDirectory = path.join(config.home, 'scratch');
  const cacheDirectory = path.join(config.home, 'cache');
  const paneDirectory = path.join(config.home, 'panes');
  const cache = openFileCache({ store: lake.store, directory: cacheDirectory, limitBytes: CACHE_BYTES });
  // Two activities compute at once (create-workers.ts), each in a thread of its own that DuckDB does not count. A thread more would not be
  // faster: who waits for the last task of a query asks for more in a loop, on a core that the other activity could use.
  const engine = await openEngine({
    ...config.engine,
    threads: Math.max(1, config.engine.threads - 1),
    tempDirectory: path.join(config.home, 'spill', String(process.pid)),
    // Window queries and checks are the user's SQL: DuckDB itself keeps them away from every other file and from the network.
    directories: [scratchDirectory, cacheDirectory, paneDirectory],
  });
  const panes = openPaneCache({ directory: paneDirectory, limitBytes: PANE_BYTES });
  return {
    deps: { config, kafka, admin, lake, engine, cache, panes, scratchDirectory, observer, now: Date.now },
    close: async () => {
      await engine.close();
      await kafka.close();
      await admin.close();
      await closeLake(lake);
    },
  };
}
