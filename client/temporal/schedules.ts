import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleOptions } from '@temporalio/client';
import type { Pipeline } from '../../pipeline/model';
import { pipelineAttribute } from '../../workflows/attributes';
import type { Temporal } from './connect';

/** Upkeep of a pipeline's tables: workflow type and how often. */
const upkeep = [
  { kind: 'compaction', workflowType: 'compactionWorkflow', every: '10m' },
  { kind: 'expiry', workflowType: 'expiryWorkflow', every: '1h' },
] as const;

export const scheduleIds = (pipeline: string): readonly string[] => upkeep.map(({ kind }) => `${kind}/${pipeline}`);

/** Creates the schedules of a pipeline, or brings those that stand there up to date and takes them out of pause. */
export async function ensureSchedules(temporal: Temporal, pipeline: Pipeline): Promise<readonly string[]> {
  for (const { kind, workflowType, every } of upkeep) {
    const scheduleId = `${kind}/${pipeline.name}`;
    const options: ScheduleOptions = {
      scheduleId,
      spec: { intervals: [{ every }] },
      action: {
        type: 'startWorkflow',
        workflowType,
        workflowId: scheduleId,
        taskQueue: temporal.taskQueue,
        args: [{ pipeline }],
        typedSearchAttributes: [{ key: pipelineAttribute, value: pipeline.name }],
      },
      // A run that takes longer than the interval is not doubled, and an outage is not made up for.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
    };
    try {
      await temporal.client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await temporal.client.schedule.getHandle(scheduleId).update(() => ({
        ...options,
        state: { paused: false, note: `pipeline ${pipeline.name} started` },
      }));
    }
  }
  return scheduleIds(pipeline.name);
}

/** A stopped pipeline's tables no longer change: no upkeep until it is started again. */
export async function pauseSchedules(temporal: Temporal, pipeline: string): Promise<void> {
  await eachSchedule(temporal, pipeline, (handle) => handle.pause(`pipeline ${pipeline} stopped`));
}

export async function deleteSchedules(temporal: Temporal, pipeline: string): Promise<void> {
  await eachSchedule(temporal, pipeline, (handle) => handle.delete());
}

type ScheduleHandle = ReturnType<Temporal['client']['schedule']['getHandle']>;

async function eachSchedule(
  temporal: Temporal,
  pipeline: string,
  work: (handle: ScheduleHandle) => Promise<void>,
): Promise<void> {
  for (const id of scheduleIds(pipeline)) {
    try {
      await work(temporal.client.schedule.getHandle(id));
    } catch (error) {
      // Started by other means than `sluice start`, or deleted by hand: there is nothing to change.
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}
