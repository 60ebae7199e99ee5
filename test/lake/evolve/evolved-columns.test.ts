import { newTableMetadata } from '../../../lake/create-table';
import { canBeColumn, evolvedFields, withEvolvedColumns } from '../../../lake/evolve/evolved-columns';
import { currentSchema } from '../../../lake/iceberg/metadata';

const metadata = newTableMetadata({
  name: { namespace: 'db', name: 't' },
  columns: [
    { name: 'id', type: 'long', required: true },
    { name: 'at', type: 'timestamptz', required: true },
  ],
  partition: [{ column: 'at', transform: { kind: 'day' } }],
  location: 's3://l/db/t',
  nowMs: 1,
  seed: 't',
});

test('columns that come by themselves are nullable, at the end, with ids of their own', () => {
  const grown = withEvolvedColumns(metadata, [
    { name: 'color', kind: 'string' },
    { name: 'size', kind: 'bigint' },
  ]);
  expect(currentSchema(grown).fields.slice(2)).toEqual([
    { id: 3, name: 'color', required: false, type: 'string' },
    { id: 4, name: 'size', required: false, type: 'long' },
  ]);
  expect([grown['current-schema-id'], grown['last-column-id'], grown.schemas.length]).toEqual([1, 4, 2]);
  expect(evolvedFields(grown).map(({ name }) => name)).toEqual(['color', 'size']);
  expect(withEvolvedColumns(grown, [{ name: 'color', kind: 'bigint' }])).toBe(grown);
  expect(evolvedFields(metadata)).toEqual([]);
});

test.each(['ID', 'at_day', '_offset2', '_extra', 'window_end', 'a b', 'a.b', '1a', '', 'a'.repeat(101), '__proto__ '])(
  'a field called %j gets none',
  (name) => {
    expect(canBeColumn(metadata, name)).toBe(false);
    expect(withEvolvedColumns(metadata, [{ name, kind: 'string' }])).toBe(metadata);
  },
);

test('no more than a hundred', () => {
  const many = Array.from({ length: 130 }, (_, index) => ({ name: `f${index}`, kind: 'string' as const }));
  const grown = withEvolvedColumns(withEvolvedColumns(metadata, many.slice(0, 60)), many);
  expect(evolvedFields(grown)).toHaveLength(100);
});
