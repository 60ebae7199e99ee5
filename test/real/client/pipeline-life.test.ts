import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PipelineBatches } from '../../../client/status/read-batches';
import type { StatusReport } from '../../../client/status/read-status';
import { withTemporal } from '../../../client/temporal/connect';
import { deleteSchedules, scheduleIds } from '../../../client/temporal/schedules';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { until } from '../support/until';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';
import { openPlace } from './cli-place';
import type { CliPlace } from './cli-place';

jest.setTimeout(240_000);

async function clean(place: CliPlace): Promise<void> {
  await withTemporal(place.config, async (temporal) => {
    const handle = temporal.client.workflow.getHandle(pipelineWorkflowId(place.pipeline));
    await handle.terminate('test over').catch((error: Error) => expect(error.name).toBe('WorkflowNotFoundError'));
    await deleteSchedules(temporal, place.pipeline);
  });
  const admin = openKafkaAdmin(place.config.kafka);
  await admin.deleteTopic(place.id);
  await admin.close();
  place.remove();
}

async function view(place: CliPlace): Promise<StatusReport['pipelines'][number]> {
  const { pipelines } = await place.json<StatusReport>('status', place.pipeline, '--no-servers');
  return pipelines[0]!;
}

describe('the life of a pipeline by commands', () => {
  let place: CliPlace;
  let worker: WorkerProcess | undefined;
  beforeAll(() => {
    place = openPlace();
  });
  afterAll(async () => {
    await worker?.stop();
    await clean(place);
  });

  it('does not start before its tables and topic stand', async () => {
    const { code, err } = await place.run('start', place.file);
    expect(code).toBe(1);
    expect(err).toContain(`the catalog has no table ${place.id}.events`);
    expect(err).toContain(`-> Create them first: sluice apply ${place.pipeline}`);
    expect((await view(place)).state).toBe('not started');
    expect((await place.run('apply', place.file, '--create-topics')).code).toBe(0);
  });

  it('starts once, with its upkeep, and says that no worker runs', async () => {
    const { started } = await place.json<{ started: { workflowId: string }[] }>('start', place.file);
    expect(started).toMatchObject([{ workflowId: `pipeline/${place.pipeline}` }]);
    const again = await place.run('start', place.file);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(new RegExp(`pipeline ${place.pipeline} runs already, since .* \\[PIPELINE_STATE\\]`));
    await withTemporal(place.config, async ({ client }) => {
      for (const id of scheduleIds(place.pipeline)) {
        const { policies, spec, action, state } = await client.schedule.getHandle(id).describe();
        expect([policies.overlap, policies.catchupWindow, state.paused]).toEqual(['SKIP', 60_000, false]);
        expect(spec.intervals?.[0]?.every).toBe(id.startsWith('manifests/') ? 3_600_000 : 600_000);
        expect(action).toMatchObject({ type: 'startWorkflow', taskQueue: place.id });
      }
    });
    expect(await view(place)).toMatchObject({
      state: 'running',
      problem: { code: 'TEMPORAL_UNAVAILABLE', message: `no worker runs on task queue ${place.id}` },
    });
  });

  it('publishes what is produced, to be seen in status, batches, query and verify', async () => {
    worker = startWorkerProcess(place.config);
    await place.json('produce', '3000', '--topic', place.id, '--malformed', '2%', '--span', '10m');
    await until('all published', async () => {
      const { lag, inFlight } = await view(place);
      return lag !== null && Number(lag) === 0 && inFlight.length === 0;
    });
    expect(await view(place)).toMatchObject({ state: 'running', problem: null, table: `${place.id}.events` });

    const { pipelines } = await place.json<{ pipelines: PipelineBatches[] }>('batches', place.pipeline);
    const published = pipelines[0]!.published;
    expect(published.reduce((sum, { rows, rejected }) => sum + rows + rejected, 0)).toBe(3000);
    expect(published.at(-1)).toMatchObject({ seq: '1', workflowId: `pipeline/${place.pipeline}/batch/1` });
    expect((await place.run('batches', place.pipeline, '--limit', '1')).out.trim().split('\n')).toHaveLength(3);

    const counted = await place.run('query', `select count(*) as n from ${place.id}.events`, '--csv', '--local');
    expect(Number(counted.out.split('\n')[1])).toBe(published.reduce((sum, { rows }) => sum + rows, 0));

    const proof = await place.run('verify', place.pipeline);
    expect([proof.code, proof.out]).toEqual([0, expect.stringContaining('✓ ranges tile')]);
  });

  it('prints one JSON document and nothing else as a process of its own', () => {
    const bin = path.resolve(__dirname, '../../../bin/sluice.cjs');
    const { status, stdout } = spawnSync(process.execPath, [bin, 'verify', place.pipeline, '--json'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', SLUICE_HOME: place.config.home },
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, pipelines: [{ pipeline: place.pipeline }] });
  });

  it('stops after what is in flight, upkeep too, and goes on after the next start', async () => {
    const { code, out } = await place.run('stop', place.pipeline);
    expect([code, out]).toEqual([0, `${place.pipeline} stopped\n`]);
    await withTemporal(place.config, async ({ client }) => {
      for (const id of scheduleIds(place.pipeline))
        expect((await client.schedule.getHandle(id).describe()).state.paused).toBe(true);
    });
    const again = await place.run('stop', place.pipeline);
    expect(again.code).toBe(1);
    expect(again.err).toContain('does not run: it is stopped [PIPELINE_STATE]');

    await place.json('produce', '500', '--topic', place.id, '--seed', '2');
    await place.json('start', place.file);
    await until('the rest is published', async () => Number((await view(place)).lag ?? 1) === 0);
    const counted = await place.run('query', `select count(*) as n from ${place.id}.events`, '--csv', '--local');
    expect(Number(counted.out.split('\n')[1])).toBeGreaterThan(3000);
    await withTemporal(place.config, async ({ client }) => {
      for (const id of scheduleIds(place.pipeline))
        expect((await client.schedule.getHandle(id).describe()).state.paused).toBe(false);
    });
    expect((await place.run('stop', place.pipeline, '--now')).code).toBe(0);
  });
});

describe('a held batch', () => {
  let place: CliPlace;
  let worker: WorkerProcess;
  beforeAll(async () => {
    place = openPlace(`checks:
  - name: no logins
    table: TABLE
    fails: select * from batch where event_type = 'login'
    then: hold`);
    const file = place.write('held.yaml', readFileSync(place.file, 'utf8').replace('TABLE', `${place.id}.events`));
    worker = startWorkerProcess(place.config);
    expect((await place.run('apply', file, '--create-topics', '--partitions', '1')).code).toBe(0);
    await place.json('start', file);
  });
  afterAll(async () => {
    await worker.stop();
    await clean(place);
  });

  const held = async (seq: string): Promise<void> => {
    await until(`batch ${seq} held`, async () => (await view(place)).held.some((batch) => batch.seq === seq));
  };

  it('waits for a person, and is published when approved', async () => {
    await place.json('produce', '1000', '--topic', place.id);
    await held('1');
    const { out } = await place.run('status', place.pipeline, '--no-servers');
    expect(out).toMatch(
      new RegExp(`batch 1 is held by no logins \\(\\d+ rows of ${place.id}\\.events\\); its rows are not on main`),
    );
    expect(out).toContain(`-> sluice approve ${place.pipeline}/1 --why …`);
    expect((await place.run('batches', place.pipeline)).out).toContain('"event_type":"login"');
    expect((await view(place)).lastBatch).toBeNull();
    const approved = await place.run('approve', `${place.pipeline}/1`, '--why', 'seen', '--by', 'ann');
    expect([approved.code, approved.out]).toEqual([
      0,
      `Batch ${place.pipeline}/1 approved by ann: it is being published.\n`,
    ]);
    await until('batch 1 on main', async () => Number((await view(place)).lastBatch) === 1);
    const late = await place.run('approve', `${place.pipeline}/1`, '--why', 'again');
    expect([late.code, late.err]).toEqual([1, expect.stringContaining('[PIPELINE_STATE]')]);
  });

  it('ends the pipeline when rejected, and nothing of it is on main', async () => {
    await place.json('produce', '1000', '--topic', place.id, '--seed', '2');
    await held('2');
    expect((await place.run('reject', `${place.pipeline}/2`, '--why', 'bad source')).code).toBe(0);
    await until('the pipeline ended', async () => (await view(place)).state === 'failed');
    expect(await view(place)).toMatchObject({
      lastBatch: 1,
      problem: { code: 'BATCH_REJECTED', message: expect.stringContaining('bad source'), cure: expect.any(String) },
    });
  });
});

describe('without Temporal', () => {
  it.each([['start'], ['stop', 'x'], ['approve', 'x/1', '--why', 'y']])(
    'sluice %s says so within seconds',
    async (...args) => {
      const place = openPlace();
      const startedMs = Date.now();
      const given = args[0] === 'start' ? ['start', place.file] : args;
      const { code, err } = await place.runWith({ SLUICE_TEMPORAL_ADDRESS: '127.0.0.1:1' }, ...given);
      expect(Date.now() - startedMs).toBeLessThan(8_000);
      expect(code).toBe(1);
      expect(err).toContain('[TEMPORAL_UNAVAILABLE]\n  -> Start it with `sluice up`');
      place.remove();
    },
  );

  it('status tells what the lake knows', async () => {
    const place = openPlace();
    const { code, out } = await place.runWith(
      { SLUICE_TEMPORAL_ADDRESS: '127.0.0.1:1' },
      ...['status', 'nobody', '--no-servers', '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      pipelines: [{ name: 'nobody', state: 'unknown' }],
      problems: [{ code: 'TEMPORAL_UNAVAILABLE' }],
    });
    place.remove();
  });
});
