import { isBatchRunning } from '../../activities/clean-branches';
import type { SluiceConfig } from '../../base/config';
import { cleanBranches } from '../../lake/clean-branches';
import type { CleanedBranch } from '../../lake/clean-branches';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';

/** Cleans from here, without a worker: a few requests, and nothing that could not be done again. */
export async function cleanNow(config: SluiceConfig, dryRun: boolean): Promise<readonly CleanedBranch[]> {
  return withTemporal(config, ({ client }) =>
    withLake(config, (lake) => cleanBranches(lake, { nowMs: Date.now(), dryRun, isRunning: isBatchRunning(client) })),
  );
}
