import type { CleanBranchesResult } from '../activities/clean-branches';
import { upkeep } from './proxies';

/** Drops audit branches that batches and upkeep left behind. */
export async function cleanBranchesWorkflow(): Promise<CleanBranchesResult> {
  return upkeep.cleanBranches();
}
