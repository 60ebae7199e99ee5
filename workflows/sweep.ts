import { workflowInfo } from '@temporalio/workflow';
import type { SweepLakeInput, SweepReport } from '../activities/sweep';
import { upkeep } from './proxies';

export type SweepInput = Pick<SweepLakeInput, 'options'>;

/** Deletes files that no branch, tag or retained commit reaches, in the run after the one that found them. */
export async function sweepWorkflow(input: SweepInput): Promise<SweepReport> {
  const { runId, startTime } = workflowInfo();
  const time = startTime.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return upkeep.sweepLake({ ...input, runId: `${time}-${runId.slice(0, 8)}` });
}
