import fc from 'fast-check';
import type { Column, DataType } from '../../../pipeline/model';

/** JSON texts of values, right and wrong ones mixed, for a column type. */
const numbers = [
  '0',
  '-0',
  '7',
  '-7',
  '7.0',
  '7.5',
  '1e3',
  '1E+2',
  '-1.5e-3',
  '0.0',
  '-0.0',
  '1.10',
  '12.345',
  '12.34',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551615',
  '18446744073709551616',
  '123456789012345678901234567890',
  '0.1000000000000000055511151231257827',
  '0.30000000000000004',
  '1234567890123456.5',
  '12345678901234567890.12',
  '99999.99',
  '100000.00',
  '-99999.999',
  '1e400',
  '-1e400',
  '1e38',
  '3.5e38',
  '1e-10',
  '1e21',
  '123456789012345680000.0',
  '1e15',
  '0.000001',
  '1e-7',
  '4.9e-5',
  'NaN',
  'nan',
  'Infinity',
  '-Infinity',
  'inf',
  '1e5',
  '12.300000000000000000000',
  '72.36849212646484',
  '1e2',
  '120e-1',
  '1234',
  '1e+5',
];
const texts = [
  '',
  ' ',
  'a',
  'true',
  'false',
  'null',
  'NaN',
  'inf',
  '-Infinity',
  ' 7',
  '7 ',
  '+7',
  '007',
  '1_000',
  '.5',
  '5.',
  '0x10',
  '1,5',
  'ä"\\/\b\u0001é😀',
  '10.0.0.1',
  '4111111111111111',
  '{"a":1}',
  '[1]',
  'epoch',
  'infinity',
  'now',
  'e5',
  '\u2028',
  'a\u0000b',
  'page-view',
  '{',
  '[',
  '-',
  '٣',
  '1\n',
];
const times = [
  '2026-01-31T12:00:00Z',
  '2026-01-31T12:00:00.123Z',
  '2026-01-31T12:00:00.123456Z',
  '2026-01-31T12:00:00.1234567Z',
  '2026-01-31T12:00:00.123456000Z',
  '2026-01-31 12:00:00',
  '2026-01-31T12:00:00+02:00',
  '2026-01-31T12:00:00+0200',
  '2026-01-31T12:00:00+02',
  '2026-01-31T12:00',
  '2026-01-31T12:00Z',
  '2026-01-31T12',
  '2026-01-31',
  '2026-02-30T00:00:00Z',
  '2026-02-30',
  '2024-02-29',
  '2026-02-29T12:00:00.000Z',
  '2026-01-31T24:00:00.000Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T23:59:60Z',
  '2026-01-31t12:00:00z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00,5Z',
  '2026/01/31 12:00:00',
  '20260131T120000Z',
  ' 2026-01-31T12:00:00Z',
  '2026-01-31T12:00:00Z ',
  '2026-01-31T12:00:00 UTC',
  '2026-01-31T12:00:00 +02:00',
  '2026-01-31T12:00:00 America/New_York',
  '2026-01-31T12:00:00+18:00',
  '2026-01-31T12:00:00+18:01',
  '2026-01-31T12:00:00+14:99',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-01:00',
  '10000-01-01',
  '12026-01-01T00:00:00Z',
  '-0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999999Z',
  '1969-12-31',
  '2026-1-1',
  '2026-1-1 0:0:0',
  '2026-01-31T12:00:00-00:00',
  '1767225600000',
  '2026-01-31 (BC)',
  '2026-13-01',
  '2026-01-31T 1:00:00.000Z',
  '2026-01-31T12:00:0a.000Z',
  '+026-01-31T12:00:00.000Z',
  '2026-01-31T12:00:00+02:00:00',
];
const uuids = [
  'f79c3e09-677c-4bbd-a479-3f349cb785e7',
  'F79C3E09-677C-4BBD-A479-3F349CB785E7',
  '{f79c3e09-677c-4bbd-a479-3f349cb785e7}',
  'f79c3e09677c4bbda4793f349cb785e7',
  'f79c3e09-677c-4bbd-a479-3f349cb785eg',
  'f79c3e09-677c4bbd--a479-3f349cb785e7',
];
const base64s = [
  '',
  'YQ==',
  'YWI=',
  'YWJj',
  'YR==',
  'YQ',
  'YQ=',
  'a',
  '-_==',
  'Y Q==',
  '/+8=',
  'true',
  '1234',
  '12e+',
  'Infinity',
  'null',
];
const others = [
  'true',
  'false',
  'null',
  '[]',
  '{}',
  '[1, "x"]',
  '{"a" : 1.0, "b":[1, 2 ]}',
  '{"a":0.1000000000000000055511151231257827}',
  '[1e3,{"x":null}]',
  '[[],[null]]',
  '{"k":"v","k":"w"}',
];

const quote = (text: string): string => JSON.stringify(text);
const anyText = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(...times),
  fc.constantFrom(...uuids),
  fc.constantFrom(...base64s),
  fc.constantFrom(...numbers),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const wild = fc.oneof(fc.constantFrom(...numbers), anyText.map(quote), fc.constantFrom(...others));

/** Values of a type: mostly likely ones, sometimes anything. */
export function valueText(type: DataType): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: likely(type) },
    { weight: 1, arbitrary: wild },
    { weight: 1, arbitrary: fc.constant('null') },
  );
}

function likely(type: DataType): fc.Arbitrary<string> {
  switch (type.kind) {
    case 'list':
      return fc.array(valueText(type.element), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`);
    case 'map':
      return fc
        .array(fc.tuple(keyText(type.key), valueText(type.value)), { maxLength: 5 })
        .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`);
    case 'struct':
      return fc
        .tuple(
          ...type.fields.map(({ name, type: inner }) =>
            fc.option(valueText(inner).map((value) => `${quote(name)}: ${value}`)),
          ),
        )
        .map((members) => `{${members.filter((member) => member !== null).join(',')}}`);
    case 'boolean':
      return fc.constantFrom('true', 'false', '"true"', '1', '"TRUE"');
    case 'int':
    case 'bigint':
    case 'float':
    case 'double':
    case 'decimal':
      return fc.oneof(
        fc.constantFrom(...numbers),
        fc.constantFrom(...numbers).map(quote),
        fc.integer().map(String),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        fc.integer({ min: -9_999_999, max: 9_999_999 }).map((cents) => String(cents / 100)),
      );
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return fc.oneof(
        fc.constantFrom(...times).map(quote),
        fc
          .date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2026-01-31') })
          .map((date) => quote(date.toISOString())),
        mutated(fc.constantFrom(...times)).map(quote),
      );
    case 'uuid':
      return fc.oneof(fc.constantFrom(...uuids).map(quote), fc.uuid().map(quote));
    case 'binary':
      return fc.oneof(
        fc.constantFrom(...base64s).map(quote),
        fc.uint8Array({ maxLength: 12 }).map((bytes) => quote(Buffer.from(bytes).toString('base64'))),
      );
    case 'string':
      return anyText.map(quote);
  }
}

function keyText(type: DataType): fc.Arbitrary<string> {
  return type.kind === 'string'
    ? fc.oneof(fc.constantFrom('"a"', '"b"', '"\\u0061"', '""', '"c"'), anyText.map(quote))
    : fc.oneof(
        fc.constantFrom('"1"', '"2"', '"1.0"', '"x"', '"-1"'),
        fc.integer().map((n) => quote(String(n))),
      );
}

/** One character of a text changed, doubled or taken away. */
function mutated(source: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(source, fc.nat(), fc.constantFrom('', ' ', '0', '9', '+', '-', ':', 'T', 'Z', '.', 'a'))
    .map(([text, at, char]) => {
      const place = text.length === 0 ? 0 : at % text.length;
      return text.slice(0, place) + char + text.slice(place + 1);
    });
}

/** The text of a message after its opening brace, for these columns: members in any order, some missing, doubled, in another case, beside unknown ones; some of it cut or spoilt. */
export function messageTail(columns: readonly Column[]): fc.Arbitrary<string> {
  const roots = new Map<string, Column[]>();
  for (const column of columns) roots.set(column.path[0]!, [...(roots.get(column.path[0]!) ?? []), column]);
  const member = ([key, group]: readonly [string, readonly Column[]]): fc.Arbitrary<string> =>
    group[0]!.path.length === 1
      ? valueText(group[0]!.type).map((value) => `${quote(key)}:${value}`)
      : fc
          .tuple(
            ...group.map((column) =>
              fc.option(valueText(column.type).map((value) => `${quote(column.path[1]!)} :${value}`)),
            ),
          )
          .map((inner) => `${quote(key)}:{${inner.filter((item) => item !== null).join(',')}}`);
  const usual = fc.tuple(...[...roots].map(member));
  const extra = fc.array(
    fc
      .tuple(fc.constantFrom('"x"', '"_offset"', '"$o"', '"$p"', '"USER_ID"', '"I"', '"\\u0069"'), wild)
      .map(([key, value]) => `${key}: ${value}`),
    { maxLength: 2 },
  );
  const again = fc.array(fc.oneof(...[...roots].map(member)), { maxLength: 1 });
  const whole = fc
    .tuple(usual, fc.array(fc.nat(), { maxLength: 2 }), extra, again, fc.boolean(), fc.constantFrom('', ',', ' ', '\t'))
    .map(([members, drop, more, doubled, front, end]) => {
      const kept = members.filter((_, index) => !drop.some((place) => place % members.length === index));
      return `${(front ? [...more, ...kept, ...doubled] : [...kept, ...more, ...doubled]).join(' , ')}${end === ',' && kept.length + more.length + doubled.length === 0 ? '' : end}}`;
    });
  const broken = fc
    .tuple(whole, fc.nat(), fc.constantFrom('', '"', '}', '{', ',', ':', '\\', '\t', 'x', '0'))
    .map(([text, at, char]) => {
      const place = at % text.length;
      return `${text.slice(0, place)}${char}${text.slice(place + 1)}`;
    });
  const cut = fc.tuple(whole, fc.nat()).map(([text, at]) => text.slice(0, at % text.length));
  return fc.oneof({ weight: 12, arbitrary: whole }, { weight: 1, arbitrary: broken }, { weight: 1, arbitrary: cut });
}
