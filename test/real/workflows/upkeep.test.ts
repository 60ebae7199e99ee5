import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../../activities/index';
import type { CompactionGroup } from '../../../activities/compaction/wire';
import { fakeActivities } from './fake-activities';
import { startTestWorkers } from './temporal';

jest.setTimeout(90_000);

const final = (message: string): ApplicationFailure =>
  ApplicationFailure.create({ message, type: 'AUDIT_FAILED', nonRetryable: true });

/** Runs a workflow that must fail; gives the failure that ended it. */
async function failureOf(type: string, args: object, activities: Activities): Promise<ApplicationFailure> {
  const workers = await startTestWorkers(activities);
  try {
    const run = workers.client.workflow.execute(type, {
      workflowId: `${type}-${randomUUID()}`,
      taskQueue: workers.taskQueue,
      args: [args],
    });
    const error: unknown = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  } finally {
    await workers.close();
  }
}

const group = (table: string, sizeBytes: number): CompactionGroup => ({
  ...{ table, count: 2, sizeBytes, reason: 'small files', sequenceNumber: '1', files: { files: [] } },
});

it('bug: one group that cannot be rewritten, or a table that cannot be read, kept all others from compaction', async () => {
  const published: string[] = [];
  const { activities } = fakeActivities({
    planCompaction: async ({ tables }) => {
      if (tables.includes('db.orc')) throw final('db.orc holds ORC');
      return tables.flatMap((table) => [group(table, 1), group(table, 2)]);
    },
    rewriteGroup: async ({ group: given }) => {
      if (given.table === 'db.a' && given.sizeBytes === 1) throw final('rows differ');
      const added = { files: [] };
      return { group: given, added, mode: 'copied', definition: 'd', sizeBytes: 1, rows: 1, deletedRows: 0 };
    },
    publishCompaction: async ({ table, groups }) => {
      published.push(`${table} ${groups.map(({ group: { sizeBytes } }) => sizeBytes).join()}`);
      return { outcome: 'published', filesBefore: 2, filesAfter: 1, deleteFilesRemoved: 0, wastedGroups: 0 };
    },
  });
  const failure = await failureOf('compactionWorkflow', { tables: ['db.orc', 'db.a', 'db.b'] }, activities);
  expect(published).toEqual(['db.a 2', 'db.b 1,2']);
  expect(failure.type).toBe('AUDIT_FAILED');
  expect(failure.message).toBe('db.orc: db.orc holds ORC; db.a: rows differ');
});

it('bug: one table that cannot be expired kept those behind it from expiry', async () => {
  const expired: string[] = [];
  const { activities } = fakeActivities({
    expireTable: async ({ table }) => {
      if (table === 'db.a') throw final('damaged');
      expired.push(table);
      return {} as Awaited<ReturnType<Activities['expireTable']>>;
    },
  });
  const failure = await failureOf('expiryWorkflow', { tables: ['db.a', 'db.b'] }, activities);
  expect(expired).toEqual(['db.b']);
  expect(failure.message).toBe('db.a: damaged');
});
