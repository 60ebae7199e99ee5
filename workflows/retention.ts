import { workflowInfo } from '@temporalio/workflow';
import type { DropRowsResult } from '../activities/retain';
import type { Pipeline } from '../pipeline/model';
import { upkeep } from './proxies';

export interface RetentionInput {
  readonly pipeline: Pipeline;
}

/** Drops rows that are older than the pipeline file says, whole partitions at a time, without opening a data file. */
export async function retentionWorkflow({ pipeline }: RetentionInput): Promise<DropRowsResult> {
  return upkeep.dropRows({ pipeline, id: workflowInfo().runId });
}
