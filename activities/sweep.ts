import { Context } from '@temporalio/activity';
import { sweepDefaults } from '../lake/sweep/options';
import type { SweepOptions } from '../lake/sweep/options';
import { sweepLake as sweep } from '../lake/sweep/sweep';
import type { SweepReport } from '../lake/sweep/sweep';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';
import { oldestRunningWork } from './running-work';

export type { SweepReport } from '../lake/sweep/sweep';

export interface SweepLakeInput {
  readonly runId: string;
  /** What differs from the defaults: grace of 3 days, history of 7. */
  readonly options?: Partial<SweepOptions>;
}

/** One run of the sweep; see lake/sweep/sweep. A worker that dies in the middle leaves a lake that the next attempt goes on with. */
export async function sweepLake(deps: ActivityDeps, { runId, options }: SweepLakeInput): Promise<SweepReport> {
  return withHeartbeat(async ({ signal, report }) =>
    sweep(deps.lake, {
      runId,
      options: { ...sweepDefaults, ...options },
      dryRun: false,
      nowMs: deps.now(),
      oldestRunning: await oldestRunningWork(Context.current().client),
      signal,
      onProgress: report,
    }),
  );
}
