import { partitionPrinter } from '../../../lake/history/partition-text';
import type { PartitionValue, PrimitiveType, Schema } from '../../../lake/iceberg/types';

const print = (type: PrimitiveType, transform: string, value: PartitionValue): string => {
  const schema: Schema = { type: 'struct', 'schema-id': 0, fields: [{ id: 1, name: 'c', required: false, type }] };
  const spec = { 'spec-id': 0, fields: [{ name: 'p', transform, 'source-id': 1, 'field-id': 1000 }] };
  return partitionPrinter(spec, [schema])([value]);
};

it.each<[PrimitiveType, string, PartitionValue, string]>([
  ['timestamptz', 'day', 20_484, 'p=2026-01-31'],
  ['timestamptz', 'day', -1, 'p=1969-12-31'],
  ['timestamptz', 'hour', 12, 'p=1970-01-01-12'],
  ['timestamptz', 'month', 673, 'p=2026-02'],
  ['timestamptz', 'year', 56, 'p=2026'],
  ['timestamptz', 'year', -1, 'p=1969'],
  ['timestamptz', 'identity', 1_000_001n, 'p=1970-01-01T00:00:01.000001Z'],
  ['timestamp', 'identity', -1n, 'p=1969-12-31T23:59:59.999999'],
  ['date', 'identity', 0, 'p=1970-01-01'],
  ['decimal(9,2)', 'identity', -1205n, 'p=-12.05'],
  ['decimal(9,2)', 'identity', 5n, 'p=0.05'],
  ['long', 'bucket[16]', 3, 'p=3'],
  ['string', 'identity', 'a/b', 'p=a/b'],
  ['string', 'truncate[2]', 'ab', 'p=ab'],
  ['binary', 'identity', Buffer.from([1, 255]), 'p=0x01ff'],
  ['uuid', 'identity', Buffer.alloc(16, 1), 'p=01010101-0101-0101-0101-010101010101'],
  ['boolean', 'identity', true, 'p=true'],
  ['string', 'identity', null, 'p=null'],
])('%s by %s', (type, transform, value, text) => {
  expect(print(type, transform, value)).toBe(text);
});

it('joins several fields', () => {
  const schema: Schema = {
    type: 'struct',
    'schema-id': 0,
    fields: [{ id: 1, name: 'c', required: false, type: 'int' }],
  };
  const field = (name: string, id: number) => ({ name, transform: 'identity', 'source-id': 1, 'field-id': id });
  expect(partitionPrinter({ 'spec-id': 0, fields: [field('a', 1000), field('b', 1001)] }, [schema])([1, 2])).toBe(
    'a=1/b=2',
  );
  expect(partitionPrinter({ 'spec-id': 0, fields: [] }, [schema])([])).toBe('');
});
