import path from 'node:path';
import type { SluiceConfig } from '../base/config';
import { closeLake, openLake } from '../lake/lake';
import { openFileCache } from '../lake/objects/file-cache';
import { createGate } from './gate';
import { defaultLimits, type QueryLimits } from './limits';
import type { QueryDeps } from './query';

const cacheBytes = 4 * 1024 ** 3;

export interface OpenedQueryDeps {
  readonly deps: QueryDeps;
  close(): Promise<void>;
}

/** What `runQuery` needs, from the settings. Nothing is connected yet, so it does not fail when servers are down. */
export function openQueryDeps(config: SluiceConfig, overrides: Partial<QueryLimits> = {}): OpenedQueryDeps {
  const limits: QueryLimits = {
    ...defaultLimits,
    memoryLimit: config.engine.memoryLimit,
    threads: config.engine.threads,
    ...overrides,
  };
  const lake = openLake(config);
  // The workers' cache: a file that this machine just wrote is not downloaded again.
  const cache = openFileCache({
    store: lake.store,
    directory: path.join(config.home, 'cache'),
    limitBytes: cacheBytes,
  });
  return {
    deps: { lake, cache, gate: createGate(limits), limits, spillDirectory: path.join(config.home, 'spill') },
    close: () => closeLake(lake),
  };
}
