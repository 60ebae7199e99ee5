import { createPipelineTables } from '../../../engine/pipeline-tables';
import { verifyPipelines } from '../../../client/verify/verify';
import { parsePipeline } from '../../../pipeline/parse';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import type { pipelineWorkflow } from '../../../workflows/pipeline';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const RAW = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    user_id: bigint not null
    event_time: timestamptz not null from timestamp
    event_type: string
  event_time: event_time
table: test.ID
batch: {every: 200ms}
`;

const WITH_WINDOW = `${RAW}
windows:
  - table: test.ID_counts
    tumble: 1m
    query: select event_type, window_end, count(*) as n from events group by all
`;

it('a window that is added to a running pipeline is computed over the raw rows of all batches before', async () => {
  const house = await openLakehouse({ yaml: RAW, partitions: 2 });
  const worker = startWorkerProcess(house.config);
  try {
    const events = userEvents({
      seed: 3,
      count: 2000,
      partitions: 2,
      startMs: Date.UTC(2026, 0, 1),
      minutes: 10,
      disorderMs: 1000,
    });
    await house.produce(events.slice(0, 1500).map(toMessage));
    await house.start();
    await house.untilPublished(1500);
    await house.stop();

    const id = house.pipeline.source.topic;
    const pipeline = parsePipeline(WITH_WINDOW.replaceAll('ID', id), 'test.yaml');
    await createPipelineTables(house.lake, house.engine, pipeline, Date.now());
    await house.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
      workflowId: pipelineWorkflowId(pipeline.name),
      taskQueue: house.config.temporal.taskQueue,
      args: [{ v: 1, pipeline }],
    });
    await house.produce(events.slice(1500).map(toMessage));
    await house.untilPublished(events.length);
    await house.stop();

    const [counted] = await select<{ n: string; windows: bigint }>(
      house,
      `test.${id}_counts`,
      'select sum(n)::varchar as n, count(distinct window_end) as windows from rows',
    );
    expect(Number(counted!.windows)).toBeGreaterThanOrEqual(9);
    const report = await verifyPipelines({ config: house.config, names: [pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
  } finally {
    await worker.stop();
    await house.close();
  }
});
