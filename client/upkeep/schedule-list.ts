import { ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { SluiceError } from '../../base/errors';
import type { Temporal } from '../temporal/connect';
import { upkeepKinds } from '../temporal/schedules';
import { lookAt } from '../temporal/workflow-look';
import type { WorkflowLook } from '../temporal/workflow-look';

/** A schedule of upkeep as Temporal has it. */
export interface UpkeepSchedule {
  /** `compaction/user-activity`: kind and pipeline, or the task queue for what is lake-wide. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for one that was given calendars in place of an interval. */
  readonly everyMs?: number;
  readonly paused: boolean;
  readonly note?: string;
  readonly nextMs?: number;
  readonly lastMs?: number;
  readonly lastWorkflowId?: string;
  /** How that run ended, or that it is under way; absent when the server no longer knows it. */
  readonly lastStatus?: WorkflowLook['status'];
}

export interface ScheduleDetails extends UpkeepSchedule {
  readonly runs: number;
  readonly skipped: number;
}

/** All, or those of some kinds, pipelines or ids, sorted. Throws BAD_INPUT for a name that no schedule has. */
export async function findSchedules(temporal: Temporal, wanted: readonly string[]): Promise<readonly UpkeepSchedule[]> {
  const all: UpkeepSchedule[] = [];
  for await (const { scheduleId } of temporal.client.schedule.list()) {
    const { kind, name } = split(scheduleId);
    if (!upkeepKinds.some((known) => known === kind)) continue;
    if (wanted.length > 0 && !wanted.some((item) => [scheduleId, kind, name].includes(item))) continue;
    const found = await describe(temporal.client.schedule.getHandle(scheduleId));
    if (found) all.push(await withOutcome(temporal, scheduleOf(found)));
  }
  const missing = wanted.filter((item) => !all.some(({ id, kind, name }) => [id, kind, name].includes(item)));
  if (missing.length > 0)
    throw new SluiceError('BAD_INPUT', `no schedule for ${missing.join(', ')}`, {
      cure: `Name a kind (${upkeepKinds.join(', ')}), a pipeline, or both as compaction/user-activity; \`sluice start\` makes them, \`sluice schedules list\` shows them.`,
    });
  const order = (kind: string): number => upkeepKinds.findIndex((known) => known === kind);
  return all.sort((a, b) => order(a.kind) - order(b.kind) || (a.name < b.name ? -1 : 1));
}

export async function scheduleDetails(temporal: Temporal, id: string): Promise<ScheduleDetails> {
  const found = await describe(temporal.client.schedule.getHandle(id));
  if (!found) throw new SluiceError('BAD_INPUT', `no schedule ${id}`, { cure: '`sluice schedules list` shows them.' });
  const schedule = await withOutcome(temporal, scheduleOf(found));
  return { ...schedule, runs: found.info.numActionsTaken, skipped: found.info.numActionsSkippedOverlap };
}

/** Workflow id of the run that the schedule started and that is under way. */
export async function scheduledRun(temporal: Temporal, id: string): Promise<string | undefined> {
  const found = await describe(temporal.client.schedule.getHandle(id));
  return found?.info.runningActions.at(0)?.workflow.workflowId;
}

async function withOutcome(temporal: Temporal, schedule: UpkeepSchedule): Promise<UpkeepSchedule> {
  const look = schedule.lastWorkflowId === undefined ? undefined : await lookAt(temporal, schedule.lastWorkflowId);
  return look ? { ...schedule, lastStatus: look.status } : schedule;
}

export type ScheduleChange =
  | { readonly do: 'pause'; readonly note: string }
  | { readonly do: 'resume' }
  | { readonly do: 'set'; readonly everyMs: number }
  | { readonly do: 'run' };

/** Changes one schedule. `run` starts it now; a run that is under way is not doubled. */
export async function changeSchedule(temporal: Temporal, id: string, change: ScheduleChange): Promise<void> {
  const handle = temporal.client.schedule.getHandle(id);
  switch (change.do) {
    case 'pause':
      return handle.pause(change.note);
    case 'resume':
      return handle.unpause('resumed by hand');
    case 'run':
      return handle.trigger(ScheduleOverlapPolicy.SKIP);
    case 'set':
      return handle.update(({ action, policies, state }) => ({
        action,
        policies,
        state,
        spec: { intervals: [{ every: change.everyMs }] },
      }));
  }
}

function split(id: string): { readonly kind: string; readonly name: string } {
  const at = id.indexOf('/');
  return at === -1 ? { kind: id, name: '' } : { kind: id.slice(0, at), name: id.slice(at + 1) };
}

/** Undefined when it was deleted meanwhile. */
async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

function scheduleOf({ scheduleId, spec, state, info }: ScheduleDescription): UpkeepSchedule {
  const every = spec.intervals?.[0]?.every;
  const last = info.recentActions.at(-1);
  const next = info.nextActionTimes[0];
  return {
    id: scheduleId,
    ...split(scheduleId),
    ...(typeof every === 'number' ? { everyMs: every } : {}),
    paused: state.paused,
    ...(state.note ? { note: state.note } : {}),
    ...(state.paused || !next ? {} : { nextMs: next.getTime() }),
    ...(last ? { lastMs: last.takenAt.getTime(), lastWorkflowId: last.action.workflow.workflowId } : {}),
  };
}
