import { mergeUnknown } from '../../pipeline/unknown-fields';

test('columns of several readers are one list, by name, with a type that holds the values of all', () => {
  const a = [
    { name: 'b', kind: 'bigint' as const },
    { name: 'a', kind: 'string' as const },
    { name: 'w', kind: 'bigint' as const, wide: true as const },
  ];
  const b = [
    { name: 'b', kind: 'double' as const },
    { name: 'a', kind: 'boolean' as const },
    { name: 'w', kind: 'double' as const },
    { name: 'B', kind: 'string' as const },
  ];
  const merged = [
    { name: 'B', kind: 'string' },
    { name: 'a', kind: 'string' },
    { name: 'w', kind: 'string' },
  ];
  expect(mergeUnknown([a, b])).toEqual(merged);
  expect(mergeUnknown([b, [], a])).toEqual(merged);
  expect(mergeUnknown([a.slice(0, 1), b.slice(0, 1)])).toEqual([{ name: 'b', kind: 'double' }]);
});
