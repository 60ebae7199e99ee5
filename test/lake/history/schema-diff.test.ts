import { diffSchemas } from '../../../lake/history/schema-diff';
import type { Field, IcebergType, Schema } from '../../../lake/iceberg/types';

const field = (id: number, name: string, type: IcebergType, required = false): Field => ({ id, name, type, required });
const schema = (...fields: readonly Field[]): Schema => ({ type: 'struct', 'schema-id': 0, fields });
const struct = (...fields: readonly Field[]): IcebergType => ({ type: 'struct', fields });

const base = schema(field(1, 'id', 'long', true), field(2, 'name', 'string'), field(3, 'at', 'timestamptz'));

it('finds nothing between equal schemas', () => {
  expect(diffSchemas(base, base)).toEqual([]);
});

it('goes by field id: a rename is no drop and add, a new column of an old name is', () => {
  expect(diffSchemas(base, schema(base.fields[0]!, field(2, 'label', 'string'), base.fields[2]!))).toEqual([
    { change: 'renamed', id: 2, column: 'label', from: 'name', to: 'label' },
  ]);
  expect(diffSchemas(base, schema(base.fields[0]!, base.fields[2]!, field(4, 'name', 'string')))).toEqual([
    { change: 'dropped', id: 2, column: 'name', type: 'string' },
    { change: 'added', id: 4, column: 'name', type: 'string' },
  ]);
});

it('tells types, nullability and order', () => {
  const [id, name, at] = base.fields as [Field, Field, Field];
  expect(diffSchemas(schema(field(1, 'id', 'int', true), name, at), base)).toEqual([
    { change: 'type', id: 1, column: 'id', from: 'int', to: 'long' },
  ]);
  expect(diffSchemas(base, schema({ ...id, required: false }, name, at))).toEqual([
    { change: 'nullability', id: 1, column: 'id', from: 'not null', to: 'nullable' },
  ]);
  expect(diffSchemas(base, schema(at, id, name))).toEqual([
    { change: 'reordered', from: ['id', 'name', 'at'], to: ['at', 'id', 'name'] },
  ]);
  // A column that was put in front moves no other.
  expect(diffSchemas(base, schema(field(9, 'first', 'string'), id, name, at))).toEqual([
    { change: 'added', id: 9, column: 'first', type: 'string' },
  ]);
});

it('looks into nested columns, and tells a dropped one once with all that is in it', () => {
  const was = schema(field(1, 'who', struct(field(2, 'id', 'long', true), field(3, 'tags', list(4, 'string')))));
  const now = schema(field(1, 'who', struct(field(2, 'key', 'long', true), field(5, 'age', 'int'))));
  expect(diffSchemas(was, now)).toEqual([
    { change: 'dropped', id: 3, column: 'who.tags', type: 'list<string>' },
    { change: 'added', id: 5, column: 'who.age', type: 'int' },
    { change: 'renamed', id: 2, column: 'who.key', from: 'who.id', to: 'who.key' },
  ]);
  expect(diffSchemas(was, schema())).toEqual([
    { change: 'dropped', id: 1, column: 'who', type: 'struct<id: long, tags: list<string>>' },
  ]);
});

function list(id: number, element: IcebergType): IcebergType {
  return { type: 'list', 'element-id': id, 'element-required': false, element };
}
