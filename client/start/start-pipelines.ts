import type { SluiceConfig } from '../../base/config';
import type { Pipeline } from '../../pipeline/model';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { planApply, requireAllThere, requireNoDifference } from '../apply/plan-apply';
import { readTopics, requireTopics } from '../apply/topics';
import { withLake, withSmallEngine } from '../apply/with-lake';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { withTemporal } from '../temporal/connect';
import type { Temporal } from '../temporal/connect';
import { ensureSchedules } from '../temporal/schedules';
import { alreadyRunning, startPipeline } from '../temporal/start-pipeline';
import type { StartedPipeline } from '../temporal/start-pipeline';
import { lookAt } from '../temporal/workflow-look';

export interface StartInput {
  readonly config: SluiceConfig;
  readonly pipelines: readonly Pipeline[];
  /** `refuse`: PIPELINE_STATE, and none is started. `keep`: those that run go on, with their schedules brought up to date. */
  readonly running: 'refuse' | 'keep';
}

/**
 * Starts pipelines whose topics and tables stand. All are looked at before the first is started.
 * Throws PIPELINE_STATE, TABLE_NOT_FOUND, SCHEMA_MISMATCH, TOPIC_NOT_FOUND, TEMPORAL_UNAVAILABLE and the other UNAVAILABLE codes.
 */
export async function startPipelines({ config, pipelines, running }: StartInput): Promise<readonly StartedPipeline[]> {
  return withTemporal(config, async (temporal) => {
    const names = await runningNames(temporal, pipelines);
    if (names.length > 0 && running === 'refuse') throw alreadyRunning(names);
    await requireReady(config, pipelines);
    await ensureSearchAttributes(temporal.connection, temporal.namespace);
    const started: StartedPipeline[] = [];
    for (const pipeline of pipelines) {
      if (names.includes(pipeline.name)) await ensureSchedules(temporal, pipeline);
      else started.push(await startPipeline(temporal, pipeline));
    }
    return started;
  });
}

async function runningNames(temporal: Temporal, pipelines: readonly Pipeline[]): Promise<readonly string[]> {
  const looks = await Promise.all(pipelines.map(({ name }) => lookAt(temporal, pipelineWorkflowId(name))));
  return pipelines.filter((_, index) => looks[index]?.status === 'running').map(({ name }) => name);
}

/** A pipeline that cannot work is not started: its error would stand in a workflow history in place of here. */
async function requireReady(config: SluiceConfig, pipelines: readonly Pipeline[]): Promise<void> {
  await withLake(config, async (lake) => {
    const plans = await withSmallEngine((engine) => planApply({ lake, engine, pipelines, nowMs: Date.now() }));
    requireNoDifference(plans);
    requireAllThere(plans);
  });
  const names = pipelines.map(({ name }) => name).join(' ');
  requireTopics(await readTopics(config, pipelines), `Create it: sluice apply ${names} --create-topics`);
}
