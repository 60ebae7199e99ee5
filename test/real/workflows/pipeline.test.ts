import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../../activities/index';
import type { Pipeline } from '../../../pipeline/model';
import { batchStatusQuery, stopSignal, verdictUpdate } from '../../../workflows/messages';
import type { batchWorkflow } from '../../../workflows/batch';
import type { pipelineWorkflow } from '../../../workflows/pipeline';
import { fakeActivities, planOf } from './fake-activities';
import { startTestWorkers } from './temporal';
import type { TestWorkers } from './temporal';

jest.setTimeout(90_000);

const held = { name: 'rule', table: 'db.t', then: 'hold', failed: 2, sample: ['{}'] } as const;

async function withPipeline<T>(
  activities: Activities,
  work: (handle: WorkflowHandle<typeof pipelineWorkflow>, workers: TestWorkers, name: string) => Promise<T>,
): Promise<T> {
  const workers = await startTestWorkers(activities);
  const name = `p-${randomUUID()}`;
  const pipeline = {
    name,
    source: {},
    table: { namespace: 'db', name: 'raw' },
    windows: [],
    batch: { everyMs: 50, maxEvents: 10 },
  } as unknown as Pipeline;
  const handle = await workers.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
    workflowId: `pipeline/${name}`,
    taskQueue: workers.taskQueue,
    args: [{ v: 1, pipeline }],
  });
  try {
    return await work(handle, workers, name);
  } finally {
    await handle.terminate('test over').catch((error: Error) => expect(error.name).toBe('WorkflowNotFoundError'));
    await workers.close();
  }
}

/** Plans as many batches as asked for, then nothing more. */
function planUpTo(count: number): Activities['planBatch'] {
  return async ({ lastSeq, positions }) =>
    Number(lastSeq) >= count
      ? { positions, backlog: 0 }
      : { positions, backlog: Number(lastSeq) + 1 < count ? 1 : 0, plan: planOf(String(Number(lastSeq) + 1)) };
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('pipeline workflow', () => {
  it('publishes in order while the next batch is read', async () => {
    const { calls, activities } = fakeActivities({ planBatch: planUpTo(3) });
    await withPipeline(activities, async (handle) => {
      await until(() => calls.includes('announce 3'));
      await handle.signal(stopSignal);
      expect(await handle.result()).toEqual({ lastPublished: '3' });
      const order = (step: string) => calls.filter((call) => call.startsWith(step));
      for (const step of ['ingest', 'windows', 'stage', 'audit', 'publish', 'announce'])
        expect(order(step)).toEqual([1, 2, 3].map((seq) => `${step} ${seq}`));
      for (const seq of [2, 3])
        expect(calls.indexOf(`windows ${seq}`)).toBeGreaterThan(calls.indexOf(`publish ${seq - 1}`));
    });
  });

  it('ends with the code of a batch that failed for good, and does not publish the one behind it', async () => {
    const { calls, activities } = fakeActivities({
      planBatch: planUpTo(3),
      stageBatch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        throw ApplicationFailure.create({ message: 'moved', type: 'OFFSET_MISMATCH', nonRetryable: true });
      },
    });
    await withPipeline(activities, async (handle) => {
      const error = await handle.result().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'OFFSET_MISMATCH', message: 'moved' });
      expect(calls.filter((call) => call.startsWith('windows'))).toEqual(['windows 1']);
      expect(calls.some((call) => call.startsWith('publish'))).toBe(false);
    });
  });

  it('stages again when main moved, and audits again', async () => {
    let tries = 0;
    const { calls, activities } = fakeActivities({ planBatch: planUpTo(1) });
    const publishBatch: Activities['publishBatch'] = async () => {
      calls.push('publish');
      tries += 1;
      return tries < 3 ? { outcome: 'conflict' } : { outcome: 'published', hash: 'h', publishedAtMs: 1 };
    };
    await withPipeline({ ...activities, publishBatch }, async () => {
      await until(() => calls.includes('announce 1'));
      const round = ['stage 1', 'audit 1', 'publish'];
      const steps = calls.filter((call) => !call.startsWith('drop') && !call.startsWith('announce'));
      expect(steps).toEqual(['ingest 1', 'windows 1', ...round, ...round, ...round]);
    });
  });

  it('lets a batch that is in the lake already pass without staging anything', async () => {
    const { calls, activities } = fakeActivities({
      planBatch: planUpTo(1),
      stageBatch: async () => ({ outcome: 'applied', hash: 'h' }),
    });
    await withPipeline(activities, async (handle) => {
      await until(async () => (await handle.query<{ lastPublished: string }>('pipelineStatus')).lastPublished === '1');
      expect(calls).toEqual(['ingest 1', 'windows 1']);
    });
  });
});

describe('gate', () => {
  const heldActivities = () =>
    fakeActivities({
      planBatch: planUpTo(1),
      auditBatch: async () => ({ filesAudited: 0, rowsAudited: 0, checks: [held] }),
    });
  const batchHandle = (workers: TestWorkers, name: string) =>
    workers.client.workflow.getHandle<typeof batchWorkflow>(`pipeline/${name}/batch/1`);
  const waitHeld = (workers: TestWorkers, name: string) =>
    until(
      async () =>
        (
          await batchHandle(workers, name)
            .query(batchStatusQuery)
            .catch(() => undefined)
        )?.phase === 'held',
    );

  it('holds a batch until a person approves it, and hands the reason to the merge', async () => {
    let approval: unknown;
    const { calls, activities } = heldActivities();
    const publishBatch: Activities['publishBatch'] = async (input) => {
      approval = input.approval;
      return activities.publishBatch(input);
    };
    await withPipeline({ ...activities, publishBatch }, async (_handle, workers, name) => {
      await waitHeld(workers, name);
      expect(calls).not.toContain('publish 1');
      await batchHandle(workers, name).executeUpdate(verdictUpdate, {
        args: [{ verdict: 'approve', by: 'ann', why: 'known test device' }],
      });
      await until(() => calls.includes('announce 1'));
      expect(approval).toEqual({ verdict: 'approve', by: 'ann', why: 'known test device' });
    });
  });

  it('ends the pipeline when a held batch is rejected, with nothing published and the branch dropped', async () => {
    const { calls, activities } = heldActivities();
    await withPipeline(activities, async (handle, workers, name) => {
      await waitHeld(workers, name);
      await batchHandle(workers, name).executeUpdate(verdictUpdate, {
        args: [{ verdict: 'reject', by: 'bob', why: 'wrong currency' }],
      });
      const error = (await handle.result().catch((caught: unknown) => caught)) as WorkflowFailedError;
      expect(error.cause).toMatchObject({
        type: 'BATCH_REJECTED',
        message: 'batch 1 was rejected by bob: wrong currency',
      });
      expect(calls).toEqual(['ingest 1', 'windows 1', 'stage 1', 'drop 1']);
    });
  });

  it('refuses a verdict without a reason, and one for a batch that is not held', async () => {
    const { activities } = heldActivities();
    await withPipeline(activities, async (_handle, workers, name) => {
      await waitHeld(workers, name);
      const update = (why: string) =>
        batchHandle(workers, name).executeUpdate(verdictUpdate, { args: [{ verdict: 'approve', by: 'ann', why }] });
      await expect(update(' ')).rejects.toMatchObject({ cause: { message: 'a verdict needs a reason' } });
      await update('fine');
      await batchHandle(workers, name).result();
      await expect(update('again')).rejects.toThrow();
    });
  });
});
