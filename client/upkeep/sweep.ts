import { oldestRunningWork } from '../../activities/running-work';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { LEAST_GRACE_MS, sweepDefaults } from '../../lake/sweep/options';
import type { SweepOptions } from '../../lake/sweep/options';
import { sweepLake } from '../../lake/sweep/sweep';
import type { SweepReport } from '../../lake/sweep/sweep';
import { undoSweep } from '../../lake/sweep/undo';
import type { UndoReport } from '../../lake/sweep/undo';
import type { SweepInput } from '../../workflows/sweep';
import { formatDuration } from '../cli/format';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';
import { heartbeatText, runUpkeep } from './run-workflow';
import type { FollowOptions } from './run-workflow';

export interface SweepRequest {
  readonly config: SluiceConfig;
  readonly options: Partial<SweepOptions>;
}

/** Looks only: what is an orphan, and what a run now would delete. Asks Temporal what is under way. Errors as sweepLake. */
export async function planSweep({ config, options }: SweepRequest, follow: FollowOptions): Promise<SweepReport> {
  requireGrace(options);
  const oldestRunning = await withTemporal(config, ({ client }) => oldestRunningWork(client));
  return withLake(config, (lake) =>
    sweepLake(lake, {
      runId: 'dry-run',
      options: { ...sweepDefaults, ...options },
      dryRun: true,
      nowMs: Date.now(),
      oldestRunning,
      signal: follow.signal,
      onProgress: (progress) => follow.onProgress(heartbeatText(progress)),
    }),
  );
}

/** Runs the sweep's workflow and follows it. Errors: those of sweepLake and runUpkeep. */
export async function runSweep({ config, options }: SweepRequest, follow: FollowOptions): Promise<SweepReport> {
  requireGrace(options);
  const input: SweepInput = { options };
  return withTemporal(config, (temporal) =>
    runUpkeep<SweepReport>(
      temporal,
      { workflowType: 'sweepWorkflow', workflowId: `sweep/${temporal.taskQueue}`, input },
      follow,
    ),
  );
}

export async function undoRun(
  config: SluiceConfig,
  runId: string,
  onProgress: (line: string) => void,
): Promise<UndoReport> {
  return withLake(config, (lake) =>
    undoSweep(lake, runId, (done) => onProgress(heartbeatText({ step: 'putting back', done }))),
  );
}

function requireGrace({ graceMs }: Partial<SweepOptions>): void {
  if (graceMs === undefined || graceMs >= LEAST_GRACE_MS) return;
  throw new SluiceError(
    'BAD_INPUT',
    `files of ${formatDuration(graceMs)} may be on their way into a commit: expected --older-than ${formatDuration(LEAST_GRACE_MS)} or more`,
  );
}
