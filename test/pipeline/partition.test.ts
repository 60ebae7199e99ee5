import { formatPartition, misfit, parsePartition, partitionFieldName } from '../../pipeline/partition';
import type { DataType, Transform } from '../../pipeline/model';

test.each([
  ['country', { column: 'country', transform: { kind: 'identity' } }, 'country'],
  ['year(t)', { column: 't', transform: { kind: 'year' } }, 't_year'],
  ['month(t)', { column: 't', transform: { kind: 'month' } }, 't_month'],
  ['day(t)', { column: 't', transform: { kind: 'day' } }, 't_day'],
  ['hour(t)', { column: 't', transform: { kind: 'hour' } }, 't_hour'],
  ['bucket(16, id)', { column: 'id', transform: { kind: 'bucket', buckets: 16 } }, 'id_bucket'],
  ['truncate(4, zip)', { column: 'zip', transform: { kind: 'truncate', width: 4 } }, 'zip_trunc'],
] as const)('%s', (text, by, fieldName) => {
  expect(parsePartition(text)).toEqual(by);
  expect(parsePartition(` ${text.replace(/[(),]/g, ' $& ')} `)).toEqual(by);
  expect(formatPartition(by)).toBe(text);
  expect(partitionFieldName(by)).toBe(fieldName);
});

test.each([
  ['dya(t)', 'did you mean day?'],
  ['day(3, t)', 'expected day(COLUMN)'],
  ['day()', 'expected COLUMN, year(COLUMN)'],
  ['bucket(id)', 'expected bucket(N, COLUMN) with N >= 1'],
  ['bucket(0, id)', 'expected bucket(N, COLUMN) with N >= 1'],
  ['bucket(4294967296, id)', 'expected bucket(N, COLUMN)'],
  ['truncate(0, id)', 'expected truncate(W, COLUMN) with W >= 1'],
  ['bucket(16', 'inside [ ] YAML splits at commas'],
  ['user_id)', 'inside [ ] YAML splits at commas'],
  ['a.b', 'expected COLUMN'],
])('%s is refused', (text, message) => {
  expect(() => parsePartition(text)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) }),
  );
});

// Iceberg spec, "Partition Transforms".
test('transforms fit the types of the specification', () => {
  const types: DataType[] = [
    ...(
      [
        'boolean',
        'int',
        'bigint',
        'float',
        'double',
        'date',
        'timestamp',
        'timestamptz',
        'string',
        'binary',
        'uuid',
      ] as const
    ).map((kind) => ({ kind })),
    { kind: 'decimal', precision: 9, scale: 2 },
    { kind: 'list', element: { kind: 'int' } },
    { kind: 'map', key: { kind: 'string' }, value: { kind: 'int' } },
    { kind: 'struct', fields: [{ name: 'a', type: { kind: 'int' } }] },
  ];
  const fitting = (transform: Transform) =>
    types.filter((type) => misfit(transform, type) === undefined).map((type) => type.kind);
  expect(fitting({ kind: 'day' })).toEqual(['date', 'timestamp', 'timestamptz']);
  expect(fitting({ kind: 'hour' })).toEqual(['timestamp', 'timestamptz']);
  expect(fitting({ kind: 'truncate', width: 1 })).toEqual(['int', 'bigint', 'string', 'binary', 'decimal']);
  expect(fitting({ kind: 'bucket', buckets: 1 })).toEqual([
    'int',
    'bigint',
    'date',
    'timestamp',
    'timestamptz',
    'string',
    'binary',
    'uuid',
    'decimal',
  ]);
  expect(fitting({ kind: 'identity' })).not.toEqual(expect.arrayContaining(['double']));
});
