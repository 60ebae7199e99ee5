import type { SluiceConfig } from '../../base/config';
import type { Pipeline } from '../../pipeline/model';
import { incidentError } from '../../stream/topic-guard';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { planApply, requireAllThere, requireNoDifference } from '../apply/plan-apply';
import { readTopics, requireTopics } from '../apply/topics';
import { withLake, withSmallEngine } from '../apply/with-lake';
import { lookAtTopics } from '../resume/look';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { withTemporal } from '../temporal/connect';
import type { Temporal } from '../temporal/connect';
import { ensureSchedules } from '../temporal/schedules';
import { alreadyRunning, startPipeline } from '../temporal/start-pipeline';
import type { RunningPipeline, StartedPipeline } from '../temporal/start-pipeline';
import { workflowUrl } from '../temporal/temporal-ui';
import { lookAt } from '../temporal/workflow-look';

export interface StartInput {
  readonly config: SluiceConfig;
  readonly pipelines: readonly Pipeline[];
  /** `refuse`: PIPELINE_STATE, and none is started. `keep`: those that run go on, with their schedules brought up to date. */
  readonly running: 'refuse' | 'keep';
}

/**
 * Starts pipelines whose topics and tables stand and whose topics still have all that was not read. All are looked at before the first is
 * started. Throws PIPELINE_STATE, TABLE_NOT_FOUND, SCHEMA_MISMATCH, TOPIC_NOT_FOUND, TOPIC_RECREATED, PARTITIONS_SHRUNK, OFFSETS_RESET,
 * OFFSETS_EXPIRED, TEMPORAL_UNAVAILABLE and the other UNAVAILABLE codes.
 */
export async function startPipelines({ config, pipelines, running }: StartInput): Promise<readonly StartedPipeline[]> {
  return withTemporal(config, async (temporal) => {
    if (running === 'refuse') await requireStopped(temporal, config, pipelines);
    const names = (await runningPipelines(temporal, config, pipelines)).map(({ name }) => name);
    await requireReady(config, pipelines);
    await requireWholeTopics(
      config,
      pipelines.filter(({ name }) => !names.includes(name)),
    );
    await ensureSearchAttributes(temporal.connection, temporal.namespace);
    const started: StartedPipeline[] = [];
    for (const pipeline of pipelines) {
      if (names.includes(pipeline.name)) await ensureSchedules(temporal, pipeline);
      else started.push(await startPipeline(temporal, pipeline));
    }
    return started;
  });
}

/** Throws PIPELINE_STATE that says which run, since when, and where to look. */
export async function requireStopped(
  temporal: Temporal,
  config: SluiceConfig,
  pipelines: readonly Pipeline[],
): Promise<void> {
  const running = await runningPipelines(temporal, config, pipelines);
  if (running.length > 0) throw alreadyRunning(running);
}

async function runningPipelines(
  temporal: Temporal,
  config: SluiceConfig,
  pipelines: readonly Pipeline[],
): Promise<readonly RunningPipeline[]> {
  const looks = await Promise.all(pipelines.map(({ name }) => lookAt(temporal, pipelineWorkflowId(name))));
  return pipelines.flatMap(({ name }, index) => {
    const look = looks[index];
    if (look?.status !== 'running') return [];
    return [{ name, sinceMs: look.startedAtMs, url: workflowUrl(config, look.workflowId) }];
  });
}

/** A pipeline that cannot work is not started: its error would stand in a workflow history in place of here. */
export async function requireReady(config: SluiceConfig, pipelines: readonly Pipeline[]): Promise<void> {
  await withLake(config, async (lake) => {
    const plans = await withSmallEngine((engine) => planApply({ lake, engine, pipelines, nowMs: Date.now() }));
    requireNoDifference(plans);
    requireAllThere(plans);
  });
  const names = pipelines.map(({ name }) => name).join(' ');
  requireTopics(await readTopics(config, pipelines), `Create it: sluice apply ${names} --create-topics`);
}

async function requireWholeTopics(config: SluiceConfig, pipelines: readonly Pipeline[]): Promise<void> {
  for (const { pipeline, incidents } of await lookAtTopics(config, pipelines))
    if (incidents.length > 0) throw incidentError(pipeline.name, incidents);
}
