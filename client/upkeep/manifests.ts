import type { RewriteManifestsResult } from '../../activities/rewrite-manifests';
import type { SluiceConfig } from '../../base/config';
import { formatTableName } from '../../base/table-name';
import { rewriteManifests } from '../../lake/rewrite-manifests';
import type { ManifestsInput } from '../../workflows/manifests';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';
import { runUpkeep } from './run-workflow';
import type { FollowOptions } from './run-workflow';
import { findTargets } from './targets';

export interface ManifestsRequest {
  readonly config: SluiceConfig;
  readonly wanted: readonly string[];
  readonly always: boolean;
}

/** Looks only: how many manifests there are, and how many there would be. Reads manifests where a rewrite may be worth while. */
export async function planManifests({
  config,
  wanted,
  always,
}: ManifestsRequest): Promise<readonly RewriteManifestsResult[]> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const results: RewriteManifestsResult[] = [];
    for (const { tables } of await findTargets(lake, hash, wanted))
      for (const table of tables) {
        const input = { table, id: 'dry-run', nowMs: Date.now(), always, dryRun: true };
        results.push({ table: formatTableName(table), ...(await rewriteManifests(lake, input)) });
      }
    return results;
  });
}

export async function runManifests(
  { config, wanted, always }: ManifestsRequest,
  follow: FollowOptions,
): Promise<readonly RewriteManifestsResult[]> {
  const targets = await withLake(config, async (lake) =>
    findTargets(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, wanted),
  );
  return withTemporal(config, async (temporal) => {
    const results: RewriteManifestsResult[] = [];
    for (const { name, pipeline, tables } of targets) {
      const input: ManifestsInput = { tables: tables.map(formatTableName), always };
      const run = {
        workflowType: 'manifestsWorkflow',
        workflowId: `manifests/${name}`,
        input,
        ...(pipeline ? { pipeline: pipeline.name } : {}),
      };
      results.push(...(await runUpkeep<readonly RewriteManifestsResult[]>(temporal, run, follow)));
    }
    return results;
  });
}
