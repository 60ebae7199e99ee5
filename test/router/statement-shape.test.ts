import { checkShape, countCteUses, outside, shapeLimits } from '../../router/statement-shape';

const uses = (entries: Readonly<Record<string, readonly string[]>>) => countCteUses(new Map(Object.entries(entries)));

test.each([
  [{ [outside]: [] }, 0],
  [{ [outside]: ['a'], a: [] }, 1],
  [{ [outside]: ['a', 'a'], a: ['b', 'b'], b: [] }, 6],
  [{ [outside]: ['r'], r: ['r'] }, 2],
  [{ [outside]: ['a'], a: ['b'], b: ['a'] }, 3],
  [{ a: ['b', 'b', 'b'], b: [] }, 0], // never used
])('%j', (entries, expected) => {
  expect(uses(entries)).toBe(expected);
});

it('a chain that doubles at each of 200 links is counted at once', () => {
  const chain = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`c${i}`, i === 0 ? [] : [`c${i - 1}`, `c${i - 1}`]]),
  );
  expect(uses({ ...chain, [outside]: ['c199'] })).toBeGreaterThan(2 ** 50);
});

it('the bounds themselves pass', () => {
  expect(() => checkShape(shapeLimits)).not.toThrow();
  expect(() => checkShape({ ...shapeLimits, tables: shapeLimits.tables + 1 })).toThrow('more than 50 table names');
});
