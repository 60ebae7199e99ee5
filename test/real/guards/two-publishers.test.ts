import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { withTemporal } from '../../../client/temporal/connect';
import type { Temporal } from '../../../client/temporal/connect';
import { ensureSearchAttributes } from '../../../client/temporal/search-attributes';
import { startPipeline } from '../../../client/temporal/start-pipeline';
import { verifyPipelines } from '../../../client/verify/verify';
import { loadPipelineFile } from '../../../pipeline/load';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { startWorkerProcess } from '../support/worker-process';
import { until } from '../support/until';
import { openGuarded } from './place';
import type { GuardedPlace } from './place';

jest.setTimeout(600_000);

describe('two starts of one pipeline', () => {
  it('the second is refused: it runs already, since when, where to look; a start at the same moment too', async () => {
    const place = await openGuarded(1);
    try {
      const both = await Promise.all([place.run('start', place.file), place.run('start', place.file)]);
      expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
      const third = await place.run('start', place.file);
      expect(third.code).toBe(1);
      expect(third.err).toMatch(
        new RegExp(
          `pipeline ${place.pipeline} runs already, since \\d{4}-\\S+ \\S+Z: http\\S+${encodeURIComponent(`pipeline/${place.pipeline}`)} \\[PIPELINE_STATE\\]\n {2}-> Look at it: sluice status ${place.pipeline}\\.`,
        ),
      );
      expect((await place.run('resume', place.file)).err).toContain('runs already, since');
    } finally {
      await place.close();
    }
  });
});

describe('a second pipeline that names the tables of another', () => {
  let place: GuardedPlace;
  beforeAll(async () => {
    place = await openGuarded(1);
  });
  afterAll(() => place.close());

  it.each([
    ['the raw table', /counts/g, 'other_counts', 'events'],
    ['a window table', /events$/gm, 'other_events', 'counts'],
  ])('%s: apply and start refuse, before anything was published', async (_, pattern, to, taken) => {
    const yaml = readFileSync(place.file, 'utf8')
      .replace(`pipeline: ${place.pipeline}`, 'pipeline: intruder')
      .replace(new RegExp(`${place.id}\\.${pattern.source}`, pattern.flags), `${place.id}.${to}`);
    const file = place.write(`${taken}.yaml`, yaml);
    for (const command of ['apply', 'start']) {
      const { code, err } = await place.run(command, file);
      expect([code, err]).toEqual([
        1,
        expect.stringContaining(`table ${place.id}.${taken} belongs to pipeline ${place.pipeline} [TABLE_TAKEN]`),
      ]);
    }
  });
});

describe('one pipeline on two Temporal namespaces, on the same tables', () => {
  const namespace = `guards-${randomBytes(4).toString('hex')}`;
  let place: GuardedPlace;
  let there: GuardedPlace['config'];

  /** Work with the other namespace. */
  const elsewhere = <T>(work: (temporal: Temporal) => Promise<T>): Promise<T> => withTemporal(there, work);

  beforeAll(async () => {
    place = await openGuarded(2);
    there = { ...place.config, temporal: { ...place.config.temporal, namespace } };
    await withTemporal(place.config, async ({ connection }) => {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
      });
    });
    await until('the namespace', () =>
      elsewhere(async (temporal) => {
        try {
          await ensureSearchAttributes(temporal.connection, namespace);
          await temporal.client.workflow.count();
          return true;
        } catch {
          return false; // namespaces reach all parts of the server within seconds
        }
      }),
    );
  });
  afterAll(async () => {
    await withTemporal(place.config, async ({ connection }) => {
      await connection.operatorService.deleteNamespace({ namespace });
    });
    await place.close();
  });

  it('exactly one line of batches is published; the other stops and says who published; verify holds', async () => {
    place.worker();
    const other = startWorkerProcess(place.config, 'workers/main.ts', { SLUICE_TEMPORAL_NAMESPACE: namespace });
    try {
      await other.ready();
      const pipeline = await loadPipelineFile(place.file);
      for (const partition of [0, 1]) await place.produce(partition, 0, 200);
      expect((await place.run('start', place.file)).code).toBe(0);
      await elsewhere((temporal) => startPipeline(temporal, pipeline));
      const ended = async (): Promise<readonly string[]> => {
        const look = async ({ client }: Temporal): Promise<string> =>
          (await client.workflow.getHandle(pipelineWorkflowId(pipeline.name)).describe()).status.name;
        const states = await Promise.all([withTemporal(place.config, look), elsewhere(look)]);
        return states.filter((state) => state !== 'RUNNING');
      };
      // Equal plans are one batch, whoever publishes it: they part when one sees more events than the other.
      let produced = 200;
      await until('one of the two to stop', async () => {
        await place.produce(produced % 2, produced, 7);
        produced += 7;
        return (await ended()).length > 0;
      });
      expect(await ended()).toEqual(['FAILED']);
      const failure = async ({ client }: Temporal): Promise<unknown> => {
        const handle = client.workflow.getHandle(pipelineWorkflowId(pipeline.name));
        if ((await handle.describe()).status.name === 'RUNNING') return undefined;
        return handle.result().catch((error: Error) => error.cause);
      };
      const [here, far] = await Promise.all([withTemporal(place.config, failure), elsewhere(failure)]);
      expect(here ?? far).toMatchObject({
        type: 'OFFSET_MISMATCH',
        message: expect.stringMatching(
          new RegExp(
            `but the lake stands at batch .*; batch \\d+ was published at \\S+ by workflow pipeline/${pipeline.name}/batch/\\d+ \\(run \\S+\\) of Temporal namespace ${here === undefined ? place.config.temporal.namespace : namespace}`,
          ),
        ),
      });
      // The one that is left goes on.
      await place.produce(0, produced, 20);
      await until('all on main', async () => {
        const [rows] = await place.query(`select count(*) from ${place.id}.events`);
        return Number(rows) === 200 + produced + 20;
      });
      const report = await verifyPipelines({ config: place.config, names: [place.pipeline] });
      expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    } finally {
      other.process.kill('SIGTERM');
      await other.ended;
      await elsewhere(async ({ client }) => {
        const handle = client.workflow.getHandle(pipelineWorkflowId(place.pipeline));
        await handle.terminate('test over').catch((error: Error) => {
          if (error.name !== 'WorkflowNotFoundError') throw error;
        });
      });
    }
  });
});
