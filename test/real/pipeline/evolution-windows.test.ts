import { applyPipelines } from '../../../client/apply/apply';
import { verifyPipelines } from '../../../client/verify/verify';
import { windowSinceMs } from '../../../lake/evolve/window-since';
import { needTable } from '../../../lake/lake';
import { parsePipeline } from '../../../pipeline/parse';
import type { Pipeline } from '../../../pipeline/model';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import type { pipelineWorkflow } from '../../../workflows/pipeline';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const START = Date.UTC(2026, 0, 1, 12);

const HEAD = `
pipeline: p-ID
source:
  topic: ID
  columns:
    id: bigint not null
    event_time: timestamptz not null from timestamp
  event_time: event_time
  watermark: 0s
table: test.ID
batch: {every: 200ms}
windows:
`;
const GONE = `
  - table: test.ID_gone
    tumble: 1m
    late: side
    query: select window_end, count(*) as n from events group by all
`;
const counts = (query: string): string => `
  - table: test.ID_counts
    hop: {size: 2m, slide: 1m}
    lateness: 1h
    sort: [window_end desc]
    query: ${query}
`;
const OLD = 'select window_end, count(*) as n, min(id) as gone from events group by all';
const NEW = 'select window_end, count(*) + 1000 as n, max(id) as most from events group by all';

describe('windows that change', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  const file = (text: string): Pipeline =>
    parsePipeline(text.replaceAll('ID', house.pipeline.source.topic), 'test.yaml');
  const send = async (ids: readonly number[]): Promise<void> => {
    const before = await house.published();
    await house.produce(
      ids.map((id) => {
        const timeMs = START + id * 10_000;
        return {
          partition: 0,
          value: JSON.stringify({ id, timestamp: new Date(timeMs).toISOString() }),
          timestampMs: timeMs,
        };
      }),
    );
    await house.untilPublished(before + ids.length);
  };
  const start = (pipeline: Pipeline) =>
    house.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
      workflowId: pipelineWorkflowId(pipeline.name),
      taskQueue: house.config.temporal.taskQueue,
      args: [{ v: 1, pipeline }],
    });
  const checkAll = async (): Promise<void> => {
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.pipelines[0]!.late).toBeGreaterThan(0);
  };

  beforeAll(async () => {
    house = await openLakehouse({ yaml: HEAD + GONE + counts(OLD), partitions: 1 });
    worker = startWorkerProcess(house.config);
    await house.start();
    await send([0, 1, 2, 3, 20, 30]);
    // Late for the window that takes none, an amendment of the other.
    await send([4]);
    await house.stop();
    await checkAll();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('of a pipeline that does not run: changed at once, in one commit', async () => {
    const next = file(HEAD + counts(NEW));
    const plan = await applyPipelines({ config: house.config, pipelines: [next], agree: async () => true });
    expect(plan.running.size).toBe(0);
    expect(plan.changedTables).toEqual([`test.${house.pipeline.source.topic}_counts`]);
    const { metadata } = await needTable(
      house.lake,
      (await house.lake.nessie.getRef('main')).hash,
      next.windows[0]!.table,
    );
    // The watermark stood at the newest event, less a millisecond.
    expect(windowSinceMs(metadata)).toBe(START + 300_000);
    await start(next);
    await send([40, 50]);
    await send([5, 41]);
    await house.stop();
  });

  it('keep what was computed, compute the rest by the new query, and are verified from there on', async () => {
    const rows = await select<{ end: number; n: bigint; most: bigint | null }>(
      house,
      `test.${house.pipeline.source.topic}_counts`,
      'select epoch_ms(window_end)::double as "end", n, most from rows order by window_end',
    );
    const minute = (end: number): number => (end - START) / 60_000;
    // Late row 5 touched the windows that end at minutes 1 and 2: amended, they are of the new query.
    expect(rows.filter(({ n }) => n > 1000n).map(({ end }) => minute(end))).toEqual([1, 2, 6, 7, 8]);
    expect(rows.filter(({ n }) => n < 1000n).every(({ most }) => most === null)).toBe(true);
    await checkAll();
  });
});
