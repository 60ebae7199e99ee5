import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleHandle, ScheduleOptions } from '@temporalio/client';
import type { Pipeline } from '../../pipeline/model';
import { pipelineAttribute } from '../../workflows/attributes';
import type { Temporal } from './connect';

/** Kinds of upkeep that run by schedule, in the order in which they are listed. */
export const upkeepKinds = ['compaction', 'expiry', 'manifests', 'retention', 'sweep', 'clean-branches'] as const;
export type UpkeepKind = (typeof upkeepKinds)[number];

interface Upkeep {
  readonly kind: UpkeepKind;
  readonly workflowType: string;
  /** As `sluice start` makes it; from then on the schedule's own time holds. */
  readonly every: '10m' | '1h' | '1d';
  /** `lake`: one schedule for all pipelines of a task queue. */
  readonly scope: 'pipeline' | 'lake';
  /** False where there is nothing to do. */
  readonly wanted?: (pipeline: Pipeline) => boolean;
}

const upkeep: readonly Upkeep[] = [
  { kind: 'compaction', workflowType: 'compactionWorkflow', every: '10m', scope: 'pipeline' },
  { kind: 'expiry', workflowType: 'expiryWorkflow', every: '10m', scope: 'pipeline' },
  { kind: 'manifests', workflowType: 'manifestsWorkflow', every: '1h', scope: 'pipeline' },
  { kind: 'retention', workflowType: 'retentionWorkflow', every: '1h', scope: 'pipeline', wanted: dropsRows },
  { kind: 'sweep', workflowType: 'sweepWorkflow', every: '1d', scope: 'lake' },
  { kind: 'clean-branches', workflowType: 'cleanBranchesWorkflow', every: '1h', scope: 'lake' },
];

/** True when the pipeline file limits how long rows stay. */
export function dropsRows({ retention, windows }: Pipeline): boolean {
  return retention?.rowsMs !== undefined || windows.some(({ retentionMs }) => retentionMs !== undefined);
}

/** Schedules that every pipeline has. */
export const scheduleIds = (pipeline: string): readonly string[] =>
  upkeep
    .filter(({ scope, wanted }) => scope === 'pipeline' && wanted === undefined)
    .map(({ kind }) => `${kind}/${pipeline}`);

/**
 * Creates the schedules of a pipeline and of the lake. Those that stand there get the pipeline as it is now; their times, and a pause by a
 * person, stay (`sluice schedules`). Gives the ids.
 */
export async function ensureSchedules(temporal: Temporal, pipeline: Pipeline): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const item of upkeep) {
    if (item.wanted && !item.wanted(pipeline)) {
      await ifThere(() => temporal.client.schedule.getHandle(`${item.kind}/${pipeline.name}`).delete());
      continue;
    }
    const options = optionsOf(temporal, item, pipeline);
    await ensureSchedule(temporal, options);
    ids.push(options.scheduleId);
  }
  return ids;
}

function optionsOf({ taskQueue }: Temporal, item: Upkeep, pipeline: Pipeline): ScheduleOptions {
  const ofPipeline = item.scope === 'pipeline';
  const scheduleId = `${item.kind}/${ofPipeline ? pipeline.name : taskQueue}`;
  return {
    scheduleId,
    spec: { intervals: [{ every: item.every }] },
    action: {
      type: 'startWorkflow',
      workflowType: item.workflowType,
      workflowId: scheduleId,
      taskQueue,
      args: [ofPipeline ? { pipeline } : {}],
      ...(ofPipeline ? { typedSearchAttributes: [{ key: pipelineAttribute, value: pipeline.name }] } : {}),
    },
    // A run that takes longer than the interval is not doubled, and an outage is not made up for.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
  };
}

async function ensureSchedule(temporal: Temporal, options: ScheduleOptions): Promise<void> {
  try {
    await temporal.client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.client.schedule.getHandle(options.scheduleId).update(({ spec, state }) => {
      const byPerson = state.paused && !isStopNote(state.note);
      return {
        ...options,
        spec,
        state: byPerson
          ? { paused: true, ...(state.note === undefined ? {} : { note: state.note }) }
          : { paused: false },
      };
    });
  }
}

const stopNote = (pipeline: string): string => `pipeline ${pipeline} stopped`;
const isStopNote = (note: string | undefined): boolean => /^pipeline \S+ stopped$/.test(note ?? '');

/** A stopped pipeline's tables no longer change: no upkeep until it is started again. A pause by a person stays theirs. */
export async function pauseSchedules(temporal: Temporal, pipeline: string): Promise<void> {
  await eachSchedule(temporal, pipeline, async (handle) => {
    const { state } = await handle.describe();
    if (!state.paused) await handle.pause(stopNote(pipeline));
  });
}

/** Also those of the lake: for who takes all of it away. */
export async function deleteSchedules(temporal: Temporal, pipeline: string): Promise<void> {
  await eachSchedule(temporal, pipeline, (handle) => handle.delete());
  for (const { kind, scope } of upkeep)
    if (scope === 'lake')
      await ifThere(() => temporal.client.schedule.getHandle(`${kind}/${temporal.taskQueue}`).delete());
}

async function eachSchedule(
  temporal: Temporal,
  pipeline: string,
  work: (handle: ScheduleHandle) => Promise<void>,
): Promise<void> {
  for (const { kind, scope } of upkeep)
    if (scope === 'pipeline') await ifThere(() => work(temporal.client.schedule.getHandle(`${kind}/${pipeline}`)));
}

/** Started by other means than `sluice start`, or deleted by hand: there is nothing to change. */
async function ifThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
