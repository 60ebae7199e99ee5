import type { DropRowsResult } from '../../activities/retain';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import type { Lake } from '../../lake/lake';
import { planDropRows } from '../../lake/retention/drop-rows';
import type { TableDrop } from '../../lake/retention/drop-rows';
import type { Pipeline } from '../../pipeline/model';
import { withLake } from '../apply/with-lake';
import { withTemporal } from '../temporal/connect';
import { dropsRows } from '../temporal/schedules';
import { runUpkeep } from './run-workflow';
import type { FollowOptions } from './run-workflow';
import { findTargets } from './targets';

export interface RetentionRequest {
  readonly config: SluiceConfig;
  /** Pipelines; all by default. */
  readonly wanted: readonly string[];
}

/** Looks only: what is old enough to go, and what holds it. */
export async function planRetention({ config, wanted }: RetentionRequest): Promise<readonly TableDrop[]> {
  return withLake(config, async (lake) => {
    const drops: TableDrop[] = [];
    for (const pipeline of await pipelinesOf(lake, wanted))
      drops.push(...(await planDropRows(lake, { pipeline, nowMs: Date.now() })));
    return drops;
  });
}

export async function runRetention(
  { config, wanted }: RetentionRequest,
  follow: FollowOptions,
): Promise<readonly DropRowsResult[]> {
  const pipelines = await withLake(config, (lake) => pipelinesOf(lake, wanted));
  return withTemporal(config, async (temporal) => {
    const results: DropRowsResult[] = [];
    for (const pipeline of pipelines)
      results.push(
        await runUpkeep<DropRowsResult>(
          temporal,
          {
            workflowType: 'retentionWorkflow',
            workflowId: `retention/${pipeline.name}`,
            input: { pipeline },
            pipeline: pipeline.name,
          },
          follow,
        ),
      );
    return results;
  });
}

/** Those that limit how long rows stay; one that is named and does not is refused. */
async function pipelinesOf(lake: Lake, wanted: readonly string[]): Promise<readonly Pipeline[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const pipelines = (await findTargets(lake, hash, wanted)).flatMap(({ pipeline }) => pipeline ?? []);
  const without = pipelines.filter((pipeline) => !dropsRows(pipeline));
  if (wanted.length > 0 && without.length > 0)
    throw new SluiceError('BAD_INPUT', `${without.map(({ name }) => name).join(', ')} keeps its rows for ever`, {
      cure: 'Write `retention: {rows: 90d}` into the pipeline file, or `retention: 365d` into a window of it.',
    });
  return pipelines.filter(dropsRows);
}
