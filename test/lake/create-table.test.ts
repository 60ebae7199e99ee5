import { newTableMetadata, type TableDefinition } from '../../lake/create-table';
import { formatTableMetadata, parseTableMetadata } from '../../lake/iceberg/metadata-json';
import { tableDifference } from '../../lake/table-difference';
import type { IcebergType } from '../../lake/iceberg/types';
import { location } from './fixtures';

const list = (element: IcebergType): IcebergType => ({
  type: 'list',
  'element-id': 0,
  'element-required': false,
  element,
});
const definition: TableDefinition = {
  name: { namespace: 'db', name: 't' },
  columns: [
    { name: 'id', type: 'long', required: true },
    {
      name: 'tags',
      type: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: list('int') },
      required: false,
    },
    {
      name: 'place',
      type: {
        type: 'struct',
        fields: [
          { id: 0, name: 'lat', required: false, type: 'double' },
          { id: 0, name: 'lon', required: false, type: 'double' },
        ],
      },
      required: false,
    },
    { name: 'at', type: 'timestamptz', required: true, doc: 'event time' },
  ],
  partition: [
    { column: 'at', transform: { kind: 'day' } },
    { column: 'id', transform: { kind: 'bucket', buckets: 16 } },
    { column: 'place.lat', transform: { kind: 'identity' } },
  ],
  sortFields: ['at', 'id'],
};
const make = (changes: Partial<TableDefinition> = {}) =>
  newTableMetadata({ ...definition, ...changes, location, nowMs: 5, seed: 's' });

describe('a new table', () => {
  test('has ids from 1, a field before its children, in order', () => {
    expect(make().schemas[0]!.fields).toMatchObject([
      { id: 1, name: 'id' },
      { id: 2, name: 'tags', type: { 'key-id': 3, 'value-id': 4, value: { 'element-id': 5 } } },
      { id: 6, name: 'place', type: { fields: [{ id: 7 }, { id: 8 }] } },
      { id: 9, name: 'at', doc: 'event time' },
    ]);
    expect(make()['last-column-id']).toBe(9);
  });

  test('has partition fields from 1000 with the usual names, and a sort order beside the unsorted one', () => {
    const metadata = make();
    expect(metadata['partition-specs']).toEqual([
      {
        'spec-id': 0,
        fields: [
          { name: 'at_day', transform: 'day', 'source-id': 9, 'field-id': 1000 },
          { name: 'id_bucket', transform: 'bucket[16]', 'source-id': 1, 'field-id': 1001 },
          { name: 'place_lat', transform: 'identity', 'source-id': 7, 'field-id': 1002 },
        ],
      },
    ]);
    expect(metadata['last-partition-id']).toBe(1002);
    expect(metadata['sort-orders'].map((order) => order['order-id'])).toEqual([0, 1]);
    expect(make({ partition: [], sortFields: [] })).toMatchObject({
      'last-partition-id': 999,
      'partition-specs': [{ 'spec-id': 0, fields: [] }],
      'sort-orders': [{ 'order-id': 0, fields: [] }],
      'default-sort-order-id': 0,
    });
  });

  test('is the same, byte for byte, for the same seed, and forbids the collection of its files by others', () => {
    expect(formatTableMetadata(make())).toBe(formatTableMetadata(make()));
    expect(newTableMetadata({ ...definition, location, nowMs: 5, seed: 'other' })['table-uuid']).not.toBe(
      make()['table-uuid'],
    );
    expect(make({ properties: { 'gc.enabled': 'true', a: 'b' } }).properties).toMatchObject({
      'gc.enabled': 'false',
      a: 'b',
    });
    expect(parseTableMetadata(formatTableMetadata(make()), 'x')).toEqual(make());
  });

  test('cannot be partitioned or sorted by what is not there or not fit', () => {
    const refused = (changes: Partial<TableDefinition>) =>
      expect(() => make(changes)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    refused({ partition: [{ column: 'nope', transform: { kind: 'day' } }] });
    refused({ partition: [{ column: 'id', transform: { kind: 'day' } }] });
    refused({ partition: [{ column: 'tags', transform: { kind: 'identity' } }] });
    refused({
      partition: [
        { column: 'at', transform: { kind: 'day' } },
        { column: 'at', transform: { kind: 'day' } },
      ],
    });
    refused({ columns: [...definition.columns, { name: 'at_day', type: 'date', required: false }] });
    refused({ sortFields: ['nope'] });
  });
});

describe('the difference of two tables', () => {
  const columns = definition.columns;
  test('is none for the same columns with other ids', () => {
    expect(
      tableDifference(make(), newTableMetadata({ ...definition, location: 's3://elsewhere', nowMs: 9, seed: 'x' })),
    ).toBeUndefined();
  });
  test.each<[string, Partial<TableDefinition>, RegExp]>([
    [
      'a missing column',
      { columns: [...columns, { name: 'more', type: 'int', required: false }] },
      /column more \(int\) is missing/,
    ],
    [
      'a type',
      { columns: [{ ...columns[0]!, type: 'string' }, ...columns.slice(1)], partition: [], sortFields: [] },
      /column id is long not null, expected string not null/,
    ],
    [
      'not null',
      { columns: [{ ...columns[0]!, required: false }, ...columns.slice(1)] },
      /column id is long not null, expected long$/,
    ],
    [
      'a column too many',
      { columns: columns.filter(({ name }) => name !== 'tags') },
      /a column tags \(map<string,list<int>>\)/,
    ],
    ['the order', { columns: [...columns].reverse() }, /order of columns is \[id, tags, place, at\]/],
    ['the partition', { partition: [] }, /partition is \[day\(at\)/],
    ['the sort order', { sortFields: ['id'] }, /sort order is/],
  ])('names %s', (_what, changes, expected) => expect(tableDifference(make(), make(changes))).toMatch(expected));
});
