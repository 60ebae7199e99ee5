import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { applyPipelines } from '../../../client/apply/apply';
import type { ApplyResult } from '../../../client/apply/apply';
import { verifyPipelines } from '../../../client/verify/verify';
import { loadTable, needTable } from '../../../lake/lake';
import { parsePipeline } from '../../../pipeline/parse';
import type { Pipeline } from '../../../pipeline/model';
import { definitionQuery } from '../../../workflows/messages';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { runPython } from '../lake/pyiceberg';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const START = Date.UTC(2026, 0, 1, 12);
const HALF = 600;

const BEFORE = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    user_id: int not null
    event_time: timestamptz not null from timestamp
    event_type: string not null
    note: string
    score: float
    price: decimal(6,2)
    address: "struct<street: string, no: int>"
    tags: "list<struct<k: string, v: int>>"
  event_time: event_time
  watermark: 5s
table: test.ID
partition: [day(event_time)]
windows:
  - table: test.ID_counts
    tumble: 1m
    query: |
      select event_type, window_end, count(*) as n, max(score) as best from events group by all
batch: {every: 250ms, max_events: 20000}
`;

const AFTER = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    at: timestamptz not null from timestamp was event_time
    user_id: bigint not null
    country: string
    kind: string from event_type was event_type
    score: double
    price: decimal(12,2)
    address: "struct<no: bigint, road: string was street, zip: string>"
    tags: "list<struct<key: string was k, v: bigint, at: bigint>>"
  event_time: at
  watermark: 5s
table: test.ID
partition: ["bucket(4, user_id)", day(at)]
windows:
  - table: test.ID_counts
    tumble: 1m
    query: |
      select kind as event_type, window_end, count(*) as n, max(score) as best, count(distinct country) as countries
      from events group by all
batch: {every: 250ms, max_events: 20000}
`;

/** A window that comes and goes. */
const MORE = `
  - table: test.ID_more
    tumble: 5m
    query: select window_end, count(*) as n from events group by all`;

/** One event a second; the second half is of the new producer, who sends the new fields. */
function message(index: number): { partition: number; value: string; timestampMs: number } {
  const timeMs = START + index * 1000;
  const old = index < HALF;
  const body = {
    user_id: index % 20,
    timestamp: new Date(timeMs).toISOString(),
    event_type: index % 2 === 0 ? 'click' : 'view',
    note: `n${index}`,
    score: index / 4,
    price: index / 100,
    address: old ? { street: `s${index}`, no: index } : { road: `s${index}`, no: index, zip: `z${index % 3}` },
    tags: old ? [{ k: 'a', v: index }] : [{ key: 'a', v: index, at: 7 }],
    ...(old ? {} : { country: index % 3 === 0 ? 'DE' : 'FR' }),
  };
  return { partition: index % 2, value: JSON.stringify(body), timestampMs: timeMs };
}

describe('a pipeline that runs takes a new file up', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let after: Pipeline;
  const apply = (pipeline: Pipeline, more: Partial<Parameters<typeof applyPipelines>[0]> = {}): Promise<ApplyResult> =>
    applyPipelines({ config: house.config, pipelines: [pipeline], by: 'ann', agree: async () => true, ...more });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: BEFORE, partitions: 2 });
    after = parsePipeline(AFTER.replaceAll('ID', house.pipeline.source.topic), 'after.yaml');
    worker = startWorkerProcess(house.config);
    await house.start();
    await house.produce(Array.from({ length: HALF - 100 }, (_, index) => message(index)));
    await house.untilPublished(HALF - 100);
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('refuses what cannot be, with every reason, and goes on by the old one', async () => {
    const wrong = parsePipeline(
      BEFORE.replaceAll('ID', house.pipeline.source.topic)
        .replace('user_id: int not null', 'user_id: string not null')
        .replace('note: string', 'note: string not null')
        .replace('tumble: 1m', 'tumble: 5m'),
      'wrong.yaml',
    );
    const { lake } = house;
    const refused = await apply(wrong).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    for (const part of [
      'user_id: int cannot become string',
      'note: rows may stand there',
      'kind and lengths of a window',
    ])
      expect((refused as Error).message).toContain(part);
    const { hash } = await lake.nessie.getRef('main');
    const raw = await needTable(lake, hash, house.pipeline.table);
    expect(raw.metadata.schemas).toHaveLength(1);
  });

  it('finishes what is in flight, changes its tables in one commit, and plans the next batch by it', async () => {
    // Batches are in flight while the file is applied.
    await house.produce(Array.from({ length: 100 }, (_, index) => message(HALF - 100 + index)));
    const result = await apply(after);
    expect([...result.running]).toEqual([after.name]);
    expect(result.taken).toEqual([{ pipeline: after.name, afterBatch: expect.stringMatching(/^\d+$/) }]);
    expect([...result.changedTables].sort()).toEqual([
      formatTableName(after.table),
      formatTableName(after.windows[0]!.table),
    ]);
    const handle = house.client.workflow.getHandle(pipelineWorkflowId(after.name));
    expect(await handle.query(definitionQuery)).toEqual(after);
    await house.produce(Array.from({ length: HALF }, (_, index) => message(HALF + index)));
    await house.untilPublished(2 * HALF);
  });

  it('takes it up although the worker is killed meanwhile', async () => {
    const { lake } = house;
    const next = parsePipeline(
      AFTER.replace('    country: string', '    country: string\n    later: date')
        .replace('\nbatch:', `${MORE}\nbatch:`)
        .replaceAll('ID', house.pipeline.source.topic),
      'next.yaml',
    );
    const answer = apply(next);
    // Somewhere between the update's coming in and the merge: wherever it is hit, it must be made once.
    await new Promise((resolve) => setTimeout(resolve, 400));
    worker.process.kill('SIGKILL');
    await worker.ended;
    worker = startWorkerProcess(house.config);
    expect((await answer).taken).toHaveLength(1);
    const { hash } = await lake.nessie.getRef('main');
    const { metadata } = await needTable(lake, hash, after.table);
    expect(metadata.schemas).toHaveLength(3);
    expect(await loadTable(lake, hash, next.windows[1]!.table)).toBeDefined();
    expect(await lake.nessie.listRefs({ prefix: `evolution.${formatTableName(after.table)}` })).toEqual([]);
    expect((await apply(after)).taken).toHaveLength(1);
    expect(
      (await needTable(lake, (await lake.nessie.getRef('main')).hash, after.table)).metadata['current-schema-id'],
    ).toBe(1);
  });

  it('says that nothing is left to do when it is applied again, and may be started with it', async () => {
    const again = await apply(after);
    expect([again.running.size, again.changedTables, again.taken]).toEqual([0, [], []]);
    expect(again.plans[0]!.tables.map(({ state }) => state)).toEqual(Array(5).fill('same'));
    await house.stop();
  });

  it('has every row under the new columns: renamed, widened, added, changed inside', async () => {
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(after.table),
      `select user_id::varchar || ' ' || kind as who, country, score, price::varchar as price, to_json(address)::varchar as address, to_json(tags)::varchar as tags
       from rows order by "at"`,
    );
    expect(rows).toHaveLength(2 * HALF);
    const row = (index: number): Record<string, unknown> => ({
      who: `${index % 20} ${index % 2 === 0 ? 'click' : 'view'}`,
      country: index < HALF ? null : index % 3 === 0 ? 'DE' : 'FR',
      score: index / 4,
      price: (index / 100).toFixed(2),
      address: JSON.stringify({ no: index, road: `s${index}`, zip: index < HALF ? null : `z${index % 3}` }),
      tags: JSON.stringify([{ key: 'a', v: index, at: index < HALF ? null : 7 }]),
    });
    for (const index of [0, 1, HALF - 101, HALF, HALF + 1, 2 * HALF - 1]) expect(rows[index]).toEqual(row(index));
  });

  it('is verified: ranges, counts, and the windows that the new query computed', async () => {
    const report = await verifyPipelines({ config: house.config, names: [after.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    const windows = await select<{ window_end: unknown; countries: bigint | null }>(
      house,
      formatTableName(after.windows[0]!.table),
      'select countries from rows order by window_end',
    );
    expect(windows[0]!.countries).toBeNull();
    expect(windows.at(-1)!.countries).toBe(2n);
  });

  it('is compacted to the very same rows, files of each partitioning apart', async () => {
    const rows = (): Promise<readonly { readonly text: string }[]> =>
      select(house, formatTableName(after.table), 'select to_json(t)::varchar as text from rows t order by "at"');
    const before = await rows();
    await house.client.workflow.execute('compactionWorkflow', {
      workflowId: `compaction-${after.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: after, minFiles: 2 }],
    });
    expect(await rows()).toEqual(before);
    const report = await verifyPipelines({ config: house.config, names: [after.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('is read by PyIceberg as well, with files of both schemas and both partitionings', async () => {
    const { lake, config } = house;
    const { hash } = await lake.nessie.getRef('main');
    const table = await needTable(lake, hash, after.table);
    expect(new Set(table.metadata['partition-specs'].map((spec) => spec['spec-id']))).toEqual(new Set([0, 1]));
    const seen = JSON.parse(
      await runPython(path.join(__dirname, 'read_pipeline_table.py'), {
        metadata: table.content.metadataLocation,
        rest: `${config.nessie.uri}/iceberg/main`,
        table: [after.table.namespace, after.table.name],
        columns: ['_partition', '_offset', 'user_id', 'kind', 'country', 'score', 'price', 'address', 'tags'],
        filter: `user_id = 3 and at >= '${new Date(START).toISOString().replace('Z', '+00:00')}'`,
      }),
    ) as { static: { rows: string[][]; filtered_rows: number }; rest: { rows: string[][]; filtered_rows: number } };
    const ours = await select<Record<string, unknown>>(
      house,
      formatTableName(after.table),
      'select _partition, _offset, user_id, kind, country, score from rows',
    );
    const text = (rows: readonly (readonly unknown[])[]): readonly string[] =>
      rows.map((row) => row.map((value) => (value === null ? 'None' : String(value))).join(' ')).sort();
    for (const side of [seen.static, seen.rest]) {
      expect(text(side.rows.map((row) => [...row.slice(0, 5), Number(row[5])]))).toEqual(
        text(ours.map((row) => Object.values(row))),
      );
      expect(side.filtered_rows).toBe((2 * HALF) / 20);
      expect(side.rows.find((row) => row[7]?.includes("'s5'"))).toEqual(
        expect.arrayContaining(["{'no': 5, 'road': 's5', 'zip': None}", "[{'key': 'a', 'v': 5, 'at': None}]"]),
      );
    }
  });
});
