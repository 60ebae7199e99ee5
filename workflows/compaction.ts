import { uuid4, workflowInfo } from '@temporalio/workflow';
import type { PublishCompactionResult, RewrittenGroup } from '../activities/compact';
import type { Pipeline } from '../pipeline/model';
import { catalog, dataActivities } from './proxies';

export interface CompactionInput {
  readonly pipeline: Pipeline;
  /** Partitions with fewer small files are left alone; 5 by default. */
  readonly minFiles?: number;
}

export interface CompactionResult {
  readonly tables: readonly (PublishCompactionResult & { readonly table: string })[];
}

/** Rewrites the small files of a pipeline's tables, one group at a time, and publishes table by table. Changes files, never rows. */
export async function compactionWorkflow({ pipeline, minFiles }: CompactionInput): Promise<CompactionResult> {
  const id = uuid4();
  const startedAtMs = workflowInfo().startTime.getTime();
  const data = dataActivities();
  const groups = await catalog.planCompaction({ pipeline, ...(minFiles === undefined ? {} : { minFiles }) });
  const tables: (PublishCompactionResult & { table: string })[] = [];
  for (const table of new Set(groups.map((group) => group.table))) {
    const rewritten: RewrittenGroup[] = [];
    // One after the other: upkeep must leave a data slot to the batches.
    for (const group of groups.filter((item) => item.table === table))
      rewritten.push(await data.rewriteGroup({ group, id }));
    tables.push({ table, ...(await catalog.publishCompaction({ table, id, groups: rewritten, startedAtMs })) });
  }
  return { tables };
}
