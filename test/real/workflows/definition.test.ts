import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { Activities } from '../../../activities/index';
import type { Pipeline } from '../../../pipeline/model';
import { definitionQuery, pipelineStatusQuery, stopSignal, useDefinitionUpdate } from '../../../workflows/messages';
import type { TakenDefinition } from '../../../workflows/messages';
import type { pipelineWorkflow } from '../../../workflows/pipeline';
import { fakeActivities, planOf } from './fake-activities';
import { startTestWorkers } from './temporal';

jest.setTimeout(90_000);

type Handle = WorkflowHandle<typeof pipelineWorkflow>;

function definition(name: string, everyMs: number): Pipeline {
  return {
    name,
    source: {},
    table: { namespace: 'db', name: 'raw' },
    windows: [],
    batch: { everyMs, maxEvents: 10 },
  } as unknown as Pipeline;
}

async function withPipeline(
  activities: Activities,
  work: (handle: Handle, name: string) => Promise<void>,
): Promise<void> {
  const workers = await startTestWorkers(activities);
  const name = `p-${randomUUID()}`;
  const handle = await workers.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
    workflowId: `pipeline/${name}`,
    taskQueue: workers.taskQueue,
    args: [{ v: 1, pipeline: definition(name, 50) }],
  });
  try {
    await work(handle, name);
  } finally {
    await handle.terminate('test over').catch((error: Error) => expect(error.name).toBe('WorkflowNotFoundError'));
    await workers.close();
  }
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Batches without end, each noted with the definition that it was planned and ingested by. */
function batchesByDefinition() {
  const made: string[] = [];
  const recorder = fakeActivities({
    planBatch: async ({ pipeline, lastSeq, positions }) => {
      const seq = String(Number(lastSeq) + 1);
      made.push(`plan ${seq} ${pipeline.batch.everyMs}`);
      return { positions, backlog: 1, plan: planOf(seq) };
    },
    publishBatch: async ({ pipeline, plan }) => {
      made.push(`publish ${plan.seq} ${pipeline.batch.everyMs}`);
      return { outcome: 'published', hash: `h${plan.seq}`, publishedAtMs: 1 };
    },
    evolveTables: async ({ pipeline }) => {
      made.push(`evolve ${pipeline.batch.everyMs}`);
      return { created: [], changed: ['db.raw'], hash: 'e' };
    },
  });
  return { ...recorder, made };
}

const send = (handle: Handle, pipeline: Pipeline): Promise<TakenDefinition> =>
  handle.executeUpdate(useDefinitionUpdate, { args: [{ pipeline, by: 'ann' }] });

describe('a new definition', () => {
  it('is taken up when nothing is in flight: every batch is of one definition from plan to merge', async () => {
    const { activities, made } = batchesByDefinition();
    await withPipeline(activities, async (handle, name) => {
      await until(() => made.filter((call) => call.startsWith('publish')).length >= 2);
      const taken = await send(handle, definition(name, 60));
      expect(taken).toMatchObject({ changed: ['db.raw'], hash: 'e' });
      expect(await handle.query(definitionQuery)).toMatchObject({ batch: { everyMs: 60 } });
      await until(() => made.filter((call) => call.endsWith(' 60') && call.startsWith('publish')).length >= 2);
      await handle.signal(stopSignal);
      await handle.result();
      const at = made.indexOf('evolve 60');
      expect(made.slice(0, at).every((call) => call.endsWith(' 50'))).toBe(true);
      expect(made.slice(at).every((call) => call.endsWith(' 60'))).toBe(true);
      const planned = made.slice(0, at).filter((call) => call.startsWith('plan'));
      expect(planned.map((call) => call.replace('plan', 'publish'))).toEqual(
        made.slice(0, at).filter((call) => call.startsWith('publish')),
      );
      expect(made[at - 1]).toBe(`publish ${taken.afterBatch} 50`);
    });
  });

  it('that is refused leaves the one before, and says why', async () => {
    const { activities, made } = batchesByDefinition();
    const evolveTables: Activities['evolveTables'] = async () => {
      throw ApplicationFailure.create({
        message: 'id: int cannot become string',
        type: 'SCHEMA_MISMATCH',
        nonRetryable: true,
        details: [{ cure: 'keep it', context: {} }],
      });
    };
    await withPipeline({ ...activities, evolveTables }, async (handle, name) => {
      const error = await send(handle, definition(name, 60)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      expect((error as WorkflowUpdateFailedError).cause).toMatchObject({
        message: 'id: int cannot become string',
        type: 'SCHEMA_MISMATCH',
        details: [{ cure: 'keep it' }],
      });
      const before = made.length;
      await until(() => made.length > before + 4);
      expect(made.every((call) => call.endsWith(' 50'))).toBe(true);
    });
  });

  it('is taken up although nobody waits for the answer, and while the pipeline has nothing to do', async () => {
    const { activities, calls } = fakeActivities({ planBatch: async ({ positions }) => ({ positions, backlog: 0 }) });
    await withPipeline(activities, async (handle, name) => {
      await until(async () => (await handle.query(pipelineStatusQuery)).lastPlanAtMs !== undefined);
      await handle.startUpdate(useDefinitionUpdate, {
        args: [{ pipeline: definition(name, 60_000), by: 'ann' }],
        waitForStage: 'ACCEPTED',
      });
      await until(() => calls.includes('evolve'));
      await until(async () => (await handle.query(definitionQuery)).batch.everyMs === 60_000);
      // A minute's wait does not hold the next one up.
      await send(handle, definition(name, 70_000));
      expect(calls.filter((call) => call === 'evolve')).toHaveLength(2);
    });
  });

  it('of another pipeline or raw table is refused at the door', async () => {
    const { activities, calls } = fakeActivities({ planBatch: async ({ positions }) => ({ positions, backlog: 0 }) });
    await withPipeline(activities, async (handle, name) => {
      const other = { ...definition(name, 60), table: { namespace: 'db', name: 'elsewhere' } };
      await expect(send(handle, other)).rejects.toMatchObject({
        cause: { message: expect.stringContaining('on db.raw, not'), type: 'PIPELINE_STATE' },
      });
      expect(calls).not.toContain('evolve');
    });
  });

  it('that waits is refused when the pipeline ends with an error', async () => {
    const { activities } = fakeActivities({
      stageBatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        throw ApplicationFailure.create({ message: 'moved', type: 'OFFSET_MISMATCH', nonRetryable: true });
      },
    });
    await withPipeline(activities, async (handle, name) => {
      await until(async () => (await handle.query(pipelineStatusQuery)).inFlight.length > 0);
      const answer = send(handle, definition(name, 60)).catch((caught: unknown) => caught);
      await until(async () => (await handle.query(pipelineStatusQuery)).changing === true);
      expect((await answer) as WorkflowUpdateFailedError).toMatchObject({
        cause: { message: expect.stringContaining('ended before it could take the new definition up') },
      });
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'OFFSET_MISMATCH' } });
    });
  });
});
