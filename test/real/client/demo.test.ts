import type { DemoResult } from '../../../client/demo/demo';
import { withTemporal } from '../../../client/temporal/connect';
import { deleteSchedules } from '../../../client/temporal/schedules';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';
import { openPlace } from './cli-place';
import type { CliPlace } from './cli-place';

jest.setTimeout(300_000);

const shipped = ['sensors', 'transactions', 'user-activity'];

describe('sluice demo', () => {
  let place: CliPlace;
  let worker: WorkerProcess;
  beforeAll(async () => {
    place = openPlace();
    worker = startWorkerProcess(place.config);
    await worker.ready();
  });
  afterAll(async () => {
    await withTemporal(place.config, async (temporal) => {
      for (const name of shipped) {
        const handle = temporal.client.workflow.getHandle(pipelineWorkflowId(name));
        await handle.terminate('test over').catch((error: Error) => expect(error.name).toBe('WorkflowNotFoundError'));
        await deleteSchedules(temporal, name);
      }
    });
    await worker.stop();
    place.remove();
  });

  const total = ({ verify }: DemoResult): number =>
    verify.pipelines.reduce((sum, { rows, rejected }) => sum + rows + rejected, 0);

  it('brings all events of all shipped pipelines to main, proves it, and goes on the second time', async () => {
    const first = await place.json<DemoResult>('demo', '--no-stack', '--events', '4000');
    expect(first.ok).toBe(true);
    expect(first.produced.map(({ pipeline, sent }) => [pipeline, sent])).toEqual([
      ['sensors', 1000],
      ['transactions', 1000],
      ['user-activity', 2000],
    ]);
    expect(first.verify.pipelines.map(({ pipeline }) => pipeline).sort()).toEqual(shipped);
    expect(first.results.find(({ title }) => title.includes('db.user_activity'))?.result.rowCount).toBe(5);

    const { code, out, err } = await place.run('demo', '--no-stack', '--events', '4000');
    expect(code).toBe(0);
    expect(err).toContain('3 run already');
    expect(err).toContain('every event is on main, no batch is in flight');
    expect(out).toContain('Proof (sluice verify)');
    expect(out).toContain(place.config.temporal.uiUrl);
    const after = await place.json<DemoResult['verify']>('verify', ...shipped);
    expect(total({ ...first, verify: after }) - total(first)).toBe(4000);
  });
});
