import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { applyPipelines } from '../../../client/apply/apply';
import { verifyPipelines } from '../../../client/verify/verify';
import { currentSchema, currentSnapshot } from '../../../lake/iceberg/metadata';
import { needTable } from '../../../lake/lake';
import { parsePipeline } from '../../../pipeline/parse';
import { runPython } from '../lake/pyiceberg';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const START = Date.UTC(2026, 0, 1, 12);

const YAML = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    id: bigint not null
    event_time: timestamptz not null from timestamp
  event_time: event_time
  watermark: 5s
  unknown_fields: MODE
table: test.ID
partition: [day(event_time)]
windows:
  - table: test.ID_counts
    tumble: 1m
    query: select window_end, count(*) as n from events group by all
batch: {every: 200ms, max_events: 20000}
`;

const message = (id: number, more: object) => ({
  partition: id % 2,
  value: JSON.stringify({ id, timestamp: new Date(START + id * 1000).toISOString(), ...more }),
  timestampMs: START + id * 1000,
});

async function verified(house: Lakehouse): Promise<void> {
  const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
  expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
}

describe('unknown_fields: evolve', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  const raw = async () => needTable(house.lake, (await house.lake.nessie.getRef('main')).hash, house.pipeline.table);
  const columns = async () =>
    currentSchema((await raw()).metadata)
      .fields.slice(5)
      .map(({ name, type }) => `${name} ${String(type)}`);
  const send = async (messages: ReturnType<typeof message>[]): Promise<void> => {
    const before = await house.published();
    await house.produce(messages);
    await house.untilPublished(before + messages.length);
  };

  beforeAll(async () => {
    house = await openLakehouse({ yaml: YAML.replace('MODE', 'evolve'), partitions: 2 });
    worker = startWorkerProcess(house.config);
    await house.start();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('adds a column in the very commit of the first rows that have it', async () => {
    await send(Array.from({ length: 100 }, (_, id) => message(id, {})));
    const before = (await raw()).metadata;
    expect(before.schemas).toHaveLength(1);
    await send(
      Array.from({ length: 100 }, (_, index) =>
        message(100 + index, { color: index % 2 ? 'red' : 'blue', size: index, tags: ['a', index], 'odd name': 1 }),
      ),
    );
    const { metadata } = await raw();
    expect(await columns()).toEqual(['_extra [object Object]', 'color string', 'size long', 'tags string']);
    const first = metadata.snapshots.find((snapshot) => snapshot['schema-id'] === 1)!;
    expect(Number(first.summary['added-records'])).toBeGreaterThan(0);
    expect(currentSnapshot(before)!['schema-id']).toBe(0);
  });

  it('keeps what can be no column in _extra, and goes on without reading twice', async () => {
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(house.pipeline.table),
      `select id, color, size, tags, to_json(_extra)::varchar as extra from rows where id in (5, 101, 102) order by id`,
    );
    expect(rows).toEqual([
      { id: 5n, color: null, size: null, tags: null, extra: null },
      { id: 101n, color: 'red', size: 1n, tags: '["a",1]', extra: '{"odd name":"1"}' },
      { id: 102n, color: 'blue', size: 2n, tags: '["a",2]', extra: '{"odd name":"1"}' },
    ]);
    await send([message(200, { color: 'green', size: 7 })]);
    expect((await raw()).metadata.schemas).toHaveLength(2);
  });

  it('takes later values as a declared nullable column does: what does not fit is a rejected row', async () => {
    await send([message(201, { size: 'large' }), message(202, { color: 5, weight: 1.5 })]);
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(house.pipeline.table),
      'select id, color, weight from rows where id > 200 order by id',
    );
    expect(rows).toEqual([{ id: 202n, color: '5', weight: 1.5 }]);
    const rejected = await select<Record<string, unknown>>(
      house,
      `${formatTableName(house.pipeline.table)}__rejected`,
      'select column_name, reason from rows',
    );
    expect(rejected).toEqual([{ column_name: 'size', reason: expect.stringContaining('expected bigint') }]);
  });

  it('is left as it is by apply, and a column of it may be declared, or renamed', async () => {
    const { config } = house;
    const again = await applyPipelines({ config, pipelines: [house.pipeline], agree: async () => false });
    expect(again.plans[0]!.tables.map(({ state }) => state)).toEqual(Array(5).fill('same'));
    const declared = parsePipeline(
      YAML.replace('MODE', 'evolve')
        .replace(
          'timestamptz not null from timestamp',
          'timestamptz not null from timestamp\n    colour: string from color was color',
        )
        .replaceAll('ID', house.pipeline.source.topic),
      'declared.yaml',
    );
    const done = await applyPipelines({ config, pipelines: [declared], agree: async () => true });
    expect(done.taken).toHaveLength(1);
    await send([message(203, { color: 'black', size: 9 })]);
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(house.pipeline.table),
      'select id, colour, size from rows where id in (101, 203) order by id',
    );
    expect(rows).toEqual([
      { id: 101n, colour: 'red', size: 1n },
      { id: 203n, colour: 'black', size: 9n },
    ]);
  });

  it('is verified, and read by PyIceberg', async () => {
    await house.stop();
    await verified(house);
    const { content } = await raw();
    const seen = JSON.parse(
      await runPython(path.join(__dirname, 'read_pipeline_table.py'), {
        metadata: content.metadataLocation,
        rest: `${house.config.nessie.uri}/iceberg/main`,
        table: [house.pipeline.table.namespace, house.pipeline.table.name],
        columns: ['id', 'colour', 'size', 'weight'],
        filter: 'size >= 90',
      }),
    ) as { static: { rows: string[][]; filtered_rows: number }; rest: { rows: string[][]; filtered_rows: number } };
    for (const side of [seen.static, seen.rest]) {
      expect(side.rows).toHaveLength(203);
      expect(side.filtered_rows).toBe(10);
      expect(side.rows).toContainEqual(['5', 'None', 'None', 'None']);
      expect(side.rows).toContainEqual(['202', '5', 'None', '1.5']);
    }
  });
});

it('unknown_fields: keep has every unknown field as JSON text, and changes no schema', async () => {
  const house = await openLakehouse({ yaml: YAML.replace('MODE', 'keep'), partitions: 2 });
  const worker = startWorkerProcess(house.config);
  try {
    await house.start();
    await house.produce([
      message(0, { a: 'x', n: 12345678901234567890123n.toString() }),
      message(1, {}),
      message(2, { o: { b: [1] } }),
    ]);
    await house.untilPublished(3);
    await house.stop();
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(house.pipeline.table),
      'select id, to_json(_extra)::varchar as extra from rows order by id',
    );
    expect(rows).toEqual([
      { id: 0n, extra: '{"a":"\\"x\\"","n":"\\"12345678901234567890123\\""}' },
      { id: 1n, extra: null },
      { id: 2n, extra: '{"o":"{\\"b\\":[1]}"}' },
    ]);
    await verified(house);
  } finally {
    await worker.stop();
    await house.close();
  }
});
