import type { ExpireTableResult } from '../../activities/expire';
import type { SluiceConfig } from '../../base/config';
import { formatTableName } from '../../base/table-name';
import { loadTables } from '../../lake/lake';
import { planTableExpiry } from '../../lake/retention/expire-table';
import type { PolicyOverrides, SnapshotPolicy } from '../../lake/retention/snapshot-policy';
import type { SnapshotVerdict } from '../../lake/expiry';
import type { ExpiryInput } from '../../workflows/expiry';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';
import { runUpkeep } from './run-workflow';
import type { FollowOptions } from './run-workflow';
import { findTargets } from './targets';

export interface ExpireInput {
  readonly config: SluiceConfig;
  /** Pipelines and tables; all pipelines by default. */
  readonly wanted: readonly string[];
  readonly overrides: PolicyOverrides;
}

/** What an expiry would do to one table. */
export interface TableExpiryReport {
  readonly table: string;
  readonly policy: SnapshotPolicy;
  readonly snapshots: readonly SnapshotVerdict[];
  readonly refsRemoved: readonly string[];
}

/** Looks only. Errors: TABLE_NOT_FOUND, BAD_INPUT, CATALOG_UNAVAILABLE, STORE_UNAVAILABLE. */
export async function planExpire({ config, wanted, overrides }: ExpireInput): Promise<readonly TableExpiryReport[]> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const reports: TableExpiryReport[] = [];
    for (const { pipeline, tables } of await findTargets(lake, hash, wanted)) {
      const loaded = await loadTables(lake, hash, tables);
      for (const name of tables.map(formatTableName)) {
        const table = loaded.get(name);
        if (!table) continue;
        const rules = { overrides, retention: pipeline?.retention, nowMs: Date.now() };
        const { policy, snapshots, refsRemoved } = planTableExpiry(table, rules);
        reports.push({ table: name, policy, snapshots, refsRemoved });
      }
    }
    return reports;
  });
}

/** Runs an expiry workflow per target, one after the other. Errors: as planExpire, and those of runUpkeep. */
export async function runExpire(
  { config, wanted, overrides }: ExpireInput,
  follow: FollowOptions,
): Promise<readonly ExpireTableResult[]> {
  const targets = await withLake(config, async (lake) =>
    findTargets(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, wanted),
  );
  return withTemporal(config, async (temporal) => {
    const results: ExpireTableResult[] = [];
    for (const { name, pipeline, tables } of targets) {
      const input: ExpiryInput = {
        ...(pipeline ? { pipeline } : {}),
        tables: tables.map(formatTableName),
        ...(overrides.snapshotsMs === undefined ? {} : { maxAgeMs: overrides.snapshotsMs }),
        ...(overrides.minSnapshots === undefined ? {} : { minToKeep: overrides.minSnapshots }),
        ...(overrides.maxSnapshots === undefined ? {} : { maxToKeep: overrides.maxSnapshots }),
      };
      const run = {
        workflowType: 'expiryWorkflow',
        workflowId: `expiry/${name}`,
        input,
        ...(pipeline ? { pipeline: pipeline.name } : {}),
      };
      results.push(...(await runUpkeep<readonly ExpireTableResult[]>(temporal, run, follow)));
    }
    return results;
  });
}
