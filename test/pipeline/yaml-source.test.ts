import { readYaml } from '../../pipeline/yaml-source';

const text = `a: 1
b:
  - x
  - {y: 2,
     z: 3}
c: |
  text
d:
`;

test('values and their lines', () => {
  const source = readYaml(text);
  expect(source.value).toEqual({ a: 1, b: ['x', { y: 2, z: 3 }], c: 'text\n', d: null });
  expect(source.problems).toEqual([]);
  expect(source.lineOf(['b', 1, 'z'], 'value')).toBe(5);
  expect(source.lineOf(['b'], 'value')).toBe(2); // the key, not the first entry
  expect(source.lineOf(['c'], 'value')).toBe(6);
  expect(source.lineOf(['b', 1, 'missing'], 'key')).toBe(4);
  expect(source.lineOf(['missing', 'too'], 'key')).toBe(1);
});

test.each([
  ['a: "x', 1, 'expected valid YAML, found: Missing closing "quote'],
  ['a:\n\tb: 1\n', 2, 'expected valid YAML, found: Tabs are not allowed as indentation'],
  ['a: 1\n---\nb: 1\n', 2, 'expected one YAML document, found a second one'],
  ['a: 1\nb: !!foo 2\n', 2, 'expected valid YAML, found: Unresolved tag'],
  ['c: struct<a: int>\n', 1, 'put a type with ": " in it in quotes'],
])('%j is broken YAML', (broken, line, message) => {
  const source = readYaml(broken);
  expect(source.broken).toBe(true);
  expect(source.problems).toEqual([
    { line, field: '', code: 'PIPELINE_INVALID', message: expect.stringContaining(message) },
  ]);
});

test('keys twice, odd keys and aliases are named with their place, and the rest is read', () => {
  const source = readYaml('a: &x 1\nb: {c: 1, d: 2, c: 3}\n? [k]\n: 1\ne: *x\n__proto__: 5\nf: 6\n');
  expect(source.broken).toBe(false);
  expect(source.problems.map(({ line, field, message }) => `${line} ${field}: ${message}`)).toEqual([
    '2 b.c: expected this key once, found it again (first on line 2)',
    '3 : expected a name as key, found a list or mapping',
    '5 e: expected the value itself, found alias *x',
    '6 : expected a name as key, found "__proto__"',
  ]);
  expect(source.value).toMatchObject({ a: 1, b: { c: 1, d: 2 }, f: 6 });
});
