import { workflowInfo } from '@temporalio/workflow';
import type { RewriteManifestsResult } from '../activities/rewrite-manifests';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from '../pipeline/tables';
import { upkeep } from './proxies';
import { eachTable } from './upkeep-progress';

export interface ManifestsInput {
  /** All of its tables, unless some are named. */
  readonly pipeline?: Pipeline;
  readonly tables?: readonly string[];
  /** Also where scans open few enough. */
  readonly always?: boolean;
}

/** Rewrites manifests where scans open too many. Changes no file and no row. */
export async function manifestsWorkflow(input: ManifestsInput): Promise<readonly RewriteManifestsResult[]> {
  const { pipeline, always } = input;
  const tables = input.tables ?? (pipeline ? tablesOf(pipeline).map(formatTableName) : []);
  const id = workflowInfo().runId;
  return eachTable(tables, (table) =>
    upkeep.rewriteManifests({ table, id, ...(always === undefined ? {} : { always }) }),
  );
}
