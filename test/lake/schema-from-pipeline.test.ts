import { metadataFor } from '../../lake/create-table';
import { typeText } from '../../lake/iceberg/schema';
import { icebergType, lateTable, ledgerTable, rawTable, rejectedTable } from '../../lake/schema-from-pipeline';
import type { Column, DataType, Pipeline, WindowDefinition } from '../../pipeline/model';

const column = (name: string, type: DataType, required = false): Column => ({ name, type, required, path: [name] });
const window: WindowDefinition = {
  table: { namespace: 'db', name: 'counts' },
  shape: { kind: 'tumble', sizeMs: 60_000 },
  latenessMs: 0,
  late: 'amend',
  streams: [],
  query: 'select 1',
};
const pipeline: Pipeline = {
  name: 'p',
  source: {
    topic: 't',
    format: 'json',
    columns: [
      column('user_id', { kind: 'bigint' }, true),
      column('event_time', { kind: 'timestamptz' }, true),
      column('properties', { kind: 'map', key: { kind: 'string' }, value: { kind: 'string' } }),
    ],
    eventTime: 'event_time',
    watermarkMs: 5000,
    idleMs: 30_000,
    maxFutureMs: 600_000,
  },
  table: { namespace: 'public', name: 'events' },
  partition: [{ column: 'event_time', transform: { kind: 'day' } }],
  windows: [window],
  checks: [],
  batch: { everyMs: 1000, maxEvents: 10 },
};

const columnsOf = (definition: ReturnType<typeof rawTable>): string[] =>
  definition.columns.map(({ name, type, required }) => `${name} ${typeText(type)}${required ? ' not null' : ''}`);

test.each<[DataType, string]>([
  [{ kind: 'boolean' }, 'boolean'],
  [{ kind: 'bigint' }, 'long'],
  [{ kind: 'decimal', precision: 9, scale: 2 }, 'decimal(9,2)'],
  [{ kind: 'list', element: { kind: 'uuid' } }, 'list<uuid>'],
  [{ kind: 'map', key: { kind: 'string' }, value: { kind: 'bigint' } }, 'map<string,long>'],
  [
    {
      kind: 'struct',
      fields: [
        { name: 'a', type: { kind: 'int' } },
        { name: 'b', type: { kind: 'list', element: { kind: 'date' } } },
      ],
    },
    'struct<a: int, b: list<date>>',
  ],
])('%j becomes %s', (type, text) => expect(typeText(icebergType(type))).toBe(text));

test("the raw table has the system columns, the pipeline's, its partition, and the order of Kafka", () => {
  const raw = rawTable(pipeline);
  expect(columnsOf(raw)).toEqual([
    '_partition int not null',
    '_offset long not null',
    '_timestamp timestamptz not null',
    'user_id long not null',
    'event_time timestamptz not null',
    'properties map<string,string>',
  ]);
  const metadata = metadataFor({ warehouse: 's3://lake-data' }, raw, 5);
  expect(metadata.location).toBe('s3://lake-data/public/events');
  expect(metadata['partition-specs'][0]!.fields).toEqual([
    { name: 'event_time_day', transform: 'day', 'source-id': 5, 'field-id': 1000 },
  ]);
  expect(metadata['sort-orders'][1]!.fields.map((field) => field['source-id'])).toEqual([1, 2]);
});

test('the tables beside it can be made', () => {
  const all = [rejectedTable(pipeline), lateTable(window), ledgerTable(pipeline)];
  expect(all.map(({ name }) => `${name.namespace}.${name.name}`)).toEqual([
    'public.events__rejected',
    'db.counts__late',
    'public.events__batches',
  ]);
  for (const definition of all)
    expect(metadataFor({ warehouse: 's3://x' }, definition, 5).schemas[0]!.fields).toHaveLength(
      definition.columns.length,
    );
  expect(columnsOf(all[0]!)).toContain('payload_bytes binary');
  expect(columnsOf(all[1]!)).toContain('delay_ms long not null');
  expect(columnsOf(all[2]!).slice(0, 6)).toEqual([
    'batch long not null',
    'topic string not null',
    'topic_id string not null',
    'partition int not null',
    'from_offset long not null',
    'to_offset long not null',
  ]);
});
