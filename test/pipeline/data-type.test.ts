import fc from 'fast-check';
import { formatDataType, parseDataType } from '../../pipeline/data-type';
import type { DataType } from '../../pipeline/model';

const primitives = [
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
] as const;

const fieldName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);

const dataType: fc.Arbitrary<DataType> = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...primitives).map((kind): DataType => ({ kind })),
    fc
      .integer({ min: 1, max: 38 })
      .chain((precision) =>
        fc.integer({ min: 0, max: precision }).map((scale): DataType => ({ kind: 'decimal', precision, scale })),
      ),
    tie('type').map((element): DataType => ({ kind: 'list', element })),
    tie('type').map((value): DataType => ({ kind: 'map', key: { kind: 'string' }, value })),
    fc
      .uniqueArray(fc.record({ name: fieldName, type: tie('type') }), {
        minLength: 1,
        maxLength: 4,
        selector: (field) => field.name,
      })
      .map((fields): DataType => ({ kind: 'struct', fields })),
  ),
})).type;

test('every type is read back from its text', () => {
  fc.assert(
    fc.property(
      dataType.filter((type) => depthOf(type) <= 16),
      (type) => {
        expect(parseDataType(formatDataType(type))).toEqual(type);
      },
    ),
  );
});

test('spaces do not matter', () => {
  expect(parseDataType(' struct< a :bigint ,b: map < string , list<decimal( 18 , 2 )> > > ')).toEqual(
    parseDataType('struct<a: bigint, b: map<string,list<decimal(18,2)>>>'),
  );
});

test.each([
  ['bigit', 'found "bigit"; did you mean bigint?'],
  ['BIGINT', 'did you mean bigint?'],
  ['varchar', 'did you mean string?'],
  ['long', 'did you mean bigint?'],
  ['', 'found nothing'],
  ['bigint bigint', 'expected nothing behind bigint, found "bigint"'],
  ['decimal', 'expected decimal(p,s) with 1 <= p <= 38'],
  ['decimal(39,2)', 'expected decimal(p,s) with 1 <= p <= 38'],
  ['decimal(5,6)', '0 <= s <= p'],
  ['decimal(5)', 'expected decimal(p,s)'],
  ['list', 'expected list<T>, found "list"'],
  ['list<int', 'expected > at the end of list<…>'],
  ['list<int not null>', 'expected "not null" for the whole column only'],
  ['map<bigint,string>', 'expected map<string,T>: keys of a JSON object are texts'],
  ['map<string>', 'expected map<string,T>'],
  ['struct<>', 'expected struct<name: T, …>'],
  ['struct<a bigint>', 'expected struct<name: T, …>'],
  ['struct<a: int, A: int>', 'found "A twice"'],
  [`${'list<'.repeat(20)}int${'>'.repeat(20)}`, 'expected a type nested at most 16 deep'],
])('%s is refused', (text, message) => {
  expect(() => parseDataType(text)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) }),
  );
});

function depthOf(type: DataType): number {
  switch (type.kind) {
    case 'list':
      return 1 + depthOf(type.element);
    case 'map':
      return 1 + depthOf(type.value);
    case 'struct':
      return 1 + Math.max(...type.fields.map((field) => depthOf(field.type)));
    default:
      return 1;
  }
}
