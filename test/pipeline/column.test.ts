import fc from 'fast-check';
import { formatColumn, parseColumn } from '../../pipeline/column';

test('type, not null and path are read', () => {
  expect(parseColumn('id', 'bigint')).toEqual({ name: 'id', type: { kind: 'bigint' }, required: false, path: ['id'] });
  expect(parseColumn('id', 'bigint  not  null')).toMatchObject({ required: true, path: ['id'] });
  expect(parseColumn('id', 'map<string,string> from a.b')).toMatchObject({ required: false, path: ['a', 'b'] });
  expect(parseColumn('id', 'decimal(18,2) not null from "a.b"."c d".@type')).toMatchObject({
    required: true,
    path: ['a.b', 'c d', '@type'],
  });
  expect(parseColumn('id', 'string from from')).toMatchObject({ path: ['from'] });
});

test('the name before is read, of columns and of struct fields', () => {
  expect(parseColumn('full', 'string was name')).toEqual({
    name: 'full',
    type: { kind: 'string' },
    required: false,
    path: ['full'],
    was: 'name',
  });
  expect(parseColumn('full', 'string not null from a.b was name')).toMatchObject({ path: ['a', 'b'], was: 'name' });
  const nested = parseColumn('a', 'list<struct<x: int was y, z: struct<u: string was v>>> was b');
  expect(formatColumn(nested)).toBe('list<struct<x: int was y, z: struct<u: string was v>>> was b');
  expect(parseColumn('a', formatColumn(nested))).toEqual(nested);
});

test('any path is read back from its text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (path, required) => {
        fc.pre(!['$p', '$o', '$t'].includes(path[0] ?? ''));
        const column = { name: 'c', type: { kind: 'string' } as const, required, path };
        expect(parseColumn('c', formatColumn(column))).toEqual(column);
      },
    ),
  );
});

test.each([
  ['bigint not nul', 'expected TYPE [not null] [from FIELD]'],
  ['bigint null', 'expected TYPE [not null] [from FIELD]'],
  ['bigint notnull', 'expected TYPE'],
  ['bigint from', 'expected TYPE'],
  ['bigint from a..b', 'expected from FIELD or from a.b'],
  ['bigint from a.', 'expected from FIELD or from a.b'],
  ['bigint from a b', 'expected from FIELD or from a.b'],
  ['bigint from "a', 'expected from FIELD or from a.b'],
  ['bigint from "\\x"', 'expected from FIELD or from a.b'],
  ['bigint from a not null', 'expected from FIELD or from a.b'],
  ['bigint from $o', 'expected a field of the message other than $p, $o and $t'],
  ['bignt not null', 'did you mean bigint?'],
  ['bigint was c', 'expected another name than the column has now'],
  ['struct<a: int was a>', 'expected another name than the field has now'],
  ['bigint was', 'expected TYPE'],
])('%s is refused', (text, message) => {
  expect(() => parseColumn('c', text)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) }),
  );
});
