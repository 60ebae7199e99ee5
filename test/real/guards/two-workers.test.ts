import type { Lakehouse } from '../support/lakehouse';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import { toMessage, userEvents } from '../support/events';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';
import { until } from '../support/until';
import { verifyPipelines } from '../../../client/verify/verify';
import { batchWorkflowId } from '../../../workflows/attributes';

jest.setTimeout(600_000);

const EVENTS = 50_000;
const BATCH = 5_000;
const yaml = USER_EVENTS.replace('max_events: 20000', `max_events: ${BATCH}`);
const events = userEvents({
  ...{ seed: 5, count: EVENTS, partitions: 4, startMs: Date.UTC(2026, 0, 1, 12) },
  ...{ minutes: 20, disorderMs: 3000 },
});

/** Which process began each attempt at reading a range, over all batches. */
async function readers({ client, pipeline }: Lakehouse): Promise<readonly number[]> {
  const pids: number[] = [];
  for (let seq = 1; ; seq += 1) {
    const handle = client.workflow.getHandle(batchWorkflowId(pipeline.name, String(seq)));
    if (!(await exists(handle))) return pids;
    const history = await handle.fetchHistory();
    const reads = new Set(
      history.events
        ?.filter(
          ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'ingestRange',
        )
        .map(({ eventId }) => String(eventId)),
    );
    for (const { activityTaskStartedEventAttributes: started } of history.events ?? [])
      if (started && reads.has(String(started.scheduledEventId))) pids.push(parseInt(started.identity ?? '', 10));
  }
}

async function exists(handle: { describe(): Promise<unknown> }): Promise<boolean> {
  try {
    await handle.describe();
    return true;
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

/** Whether a process is at work on data of any batch in flight. */
async function works({ client, pipeline }: Lakehouse, pid: number, from: number): Promise<boolean> {
  const looks = await Promise.all(
    [from, from + 1].map(async (seq) => {
      try {
        return (await client.workflow.getHandle(batchWorkflowId(pipeline.name, String(seq))).describe()).raw;
      } catch (error) {
        if ((error as Error).name === 'WorkflowNotFoundError') return undefined;
        throw error;
      }
    }),
  );
  return looks.some((look) =>
    look?.pendingActivities?.some(
      ({ activityType, lastWorkerIdentity, state }) =>
        activityType?.name === 'ingestRange' && state === 2 && parseInt(lastWorkerIdentity ?? '', 10) === pid,
    ),
  );
}

async function proof(house: Lakehouse): Promise<void> {
  const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
  expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(report.pipelines[0]).toMatchObject({ ok: true, rows: EVENTS, rejected: 0, late: 0 });
}

describe('two workers on one pipeline', () => {
  let house: Lakehouse;
  let workers: readonly WorkerProcess[];
  beforeEach(async () => {
    house = await openLakehouse({ yaml, partitions: 4 });
    workers = [startWorkerProcess(house.config), startWorkerProcess(house.config)];
    await Promise.all(workers.map((worker) => worker.ready()));
    await house.produce(events.map(toMessage));
  });
  afterEach(async () => {
    for (const { process: child } of workers) child.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    await house.close();
  });

  it('share the batches of a backlog', async () => {
    await house.start();
    await house.untilPublished(EVENTS);
    await house.stop();
    const pids = await readers(house);
    expect(pids.length).toBeGreaterThanOrEqual(EVENTS / BATCH);
    expect(new Set(pids)).toEqual(new Set(workers.map(({ process: child }) => child.pid)));
    await proof(house);
  });

  it('one killed while it reads a batch delays, and nothing else', async () => {
    await house.start();
    const [victim, survivor] = workers as [WorkerProcess, WorkerProcess];
    let seq = 1;
    await until('the first worker to read', async () => {
      const status = await house.published();
      seq = Math.floor(status / BATCH) + 1;
      return works(house, victim.process.pid!, seq);
    });
    victim.process.kill('SIGKILL');
    expect((await victim.ended).signal).toBe('SIGKILL');
    await house.untilPublished(EVENTS);
    await house.stop();
    expect(await readers(house)).toContain(survivor.process.pid);
    await proof(house);
  });
});
