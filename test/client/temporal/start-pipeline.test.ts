import { alreadyRunning, startPipeline } from '../../../client/temporal/start-pipeline';
import type { Temporal } from '../../../client/temporal/connect';
import type { Pipeline } from '../../../pipeline/model';

const pipeline = { name: 'p', table: { namespace: 'db', name: 'events' }, windows: [] } as unknown as Pipeline;

/** A server that keeps schedules, and fails the first `failures` starts of a workflow. */
function fakeTemporal(failures: number) {
  const schedules = new Set<string>();
  const started: unknown[] = [];
  let left = failures;
  const temporal = {
    taskQueue: 'q',
    client: {
      schedule: {
        create: async ({ scheduleId }: { scheduleId: string }) => {
          if (schedules.has(scheduleId)) throw Object.assign(new Error('there'), { name: 'ScheduleAlreadyRunning' });
          schedules.add(scheduleId);
        },
        getHandle: (scheduleId: string) => ({ delete: async () => void schedules.delete(scheduleId) }),
      },
      workflow: {
        start: async (_: string, { args }: { args: readonly unknown[] }) => {
          if (left-- > 0) throw new Error('connection lost');
          started.push(args[0]);
          return { firstExecutionRunId: 'run' };
        },
      },
    },
  };
  return { temporal: temporal as unknown as Temporal, schedules, started };
}

describe('starting a pipeline', () => {
  it('never leaves one that runs without its upkeep: schedules come first', async () => {
    const { temporal, schedules, started } = fakeTemporal(1);
    await expect(startPipeline(temporal, pipeline)).rejects.toThrow('connection lost');
    expect([...schedules]).toEqual(['compaction/p', 'expiry/p', 'manifests/p', 'sweep/q', 'clean-branches/q']);
    expect(started).toEqual([]);
  });

  it('hands over what was given up', async () => {
    const { temporal, started } = fakeTemporal(0);
    const decision = { by: 'ann' } as never;
    expect(await startPipeline(temporal, pipeline, decision)).toMatchObject({ workflowId: 'pipeline/p', runId: 'run' });
    expect(started).toEqual([{ v: 1, pipeline, decision }]);
  });

  it('says of one that runs since when and where to look', () => {
    const { message, cure } = alreadyRunning([{ name: 'p', sinceMs: 0, url: 'http://ui/p' }]);
    expect(message).toBe('pipeline p runs already, since 1970-01-01 00:00:00Z: http://ui/p');
    expect(cure).toContain('sluice status p');
  });
});
