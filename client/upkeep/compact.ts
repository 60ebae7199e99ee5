import { chooseInTable } from '../../activities/compaction/plan-compaction';
import type { CompactionOptions } from '../../activities/compaction/plan-compaction';
import type { SluiceConfig } from '../../base/config';
import { formatTableName } from '../../base/table-name';
import type { CompactionReason } from '../../lake/compaction';
import { loadTables } from '../../lake/lake';
import type { CompactionInput, CompactionResult, TableCompaction } from '../../workflows/compaction';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';
import { runUpkeep } from './run-workflow';
import type { FollowOptions } from './run-workflow';
import { findTargets } from './targets';

export interface CompactInput {
  readonly config: SluiceConfig;
  /** Pipelines and tables; all pipelines by default. */
  readonly wanted: readonly string[];
  readonly options: CompactionOptions;
}

/** What compaction would do to one table. */
export interface TableCompactionReport {
  readonly table: string;
  readonly groups: readonly { readonly files: number; readonly sizeBytes: number; readonly reason: CompactionReason }[];
}

/** Looks only. Errors: TABLE_NOT_FOUND, BAD_INPUT, CATALOG_UNAVAILABLE, STORE_UNAVAILABLE. */
export async function planCompact({
  config,
  wanted,
  options,
}: CompactInput): Promise<readonly TableCompactionReport[]> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const reports: TableCompactionReport[] = [];
    for (const { tables } of await findTargets(lake, hash, wanted)) {
      for (const [name, table] of await loadTables(lake, hash, tables)) {
        const choices = await chooseInTable(lake, table, options);
        reports.push({
          table: name,
          groups: choices.map(({ files, sizeBytes, reason }) => ({ files: files.length, sizeBytes, reason })),
        });
      }
    }
    return reports;
  });
}

/** Runs a compaction workflow per target, one after the other. Errors: as planCompact, and those of runUpkeep. */
export async function runCompact(
  { config, wanted, options }: CompactInput,
  follow: FollowOptions,
): Promise<readonly TableCompaction[]> {
  const targets = await withLake(config, async (lake) =>
    findTargets(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, wanted),
  );
  return withTemporal(config, async (temporal) => {
    const results: TableCompaction[] = [];
    for (const { name, pipeline, tables } of targets) {
      const input: CompactionInput = { tables: tables.map(formatTableName), ...options };
      const run = {
        workflowType: 'compactionWorkflow',
        workflowId: `compaction/${name}`,
        input,
        ...(pipeline ? { pipeline: pipeline.name } : {}),
      };
      results.push(...(await runUpkeep<CompactionResult>(temporal, run, follow)).tables);
    }
    return results;
  });
}
