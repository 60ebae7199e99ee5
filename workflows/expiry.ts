import { workflowInfo } from '@temporalio/workflow';
import type { ExpireTableResult } from '../activities/expire';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from '../pipeline/tables';
import { upkeep } from './proxies';
import { eachTable } from './upkeep-progress';

export interface ExpiryInput {
  /** Its retention holds for the tables; all of its tables unless some are named. */
  readonly pipeline?: Pipeline;
  /** As `namespace.name`. */
  readonly tables?: readonly string[];
  /** Over the tables' and the pipeline's own: snapshots younger than this stay. */
  readonly maxAgeMs?: number;
  /** So many of the newest stay whatever their age. */
  readonly minToKeep?: number;
  /** So many at most by age. */
  readonly maxToKeep?: number;
}

/** Takes old snapshots out of the tables' metadata. Deletes no file, and Nessie tags and older commits keep their own metadata. */
export async function expiryWorkflow(input: ExpiryInput): Promise<readonly ExpireTableResult[]> {
  const { pipeline, maxAgeMs, minToKeep, maxToKeep } = input;
  const tables = input.tables ?? (pipeline ? tablesOf(pipeline).map(formatTableName) : []);
  const overrides = {
    ...(maxAgeMs === undefined ? {} : { snapshotsMs: maxAgeMs }),
    ...(minToKeep === undefined ? {} : { minSnapshots: minToKeep }),
    ...(maxToKeep === undefined ? {} : { maxSnapshots: maxToKeep }),
  };
  const id = workflowInfo().runId;
  return eachTable(tables, (table) =>
    upkeep.expireTable({ table, id, overrides, ...(pipeline?.retention ? { retention: pipeline.retention } : {}) }),
  );
}
