import { createRandom } from '../../../client/generate/random';

test('equal seed and index, equal numbers; otherwise others', () => {
  const draw = (seed: number, index: number) => {
    const random = createRandom(seed);
    random.seek(index);
    return [random.below(2 ** 32), random.below(2 ** 32), random.below(1000)];
  };
  expect(draw(1, 7)).toEqual(draw(1, 7));
  const starts = [draw(1, 7), draw(2, 7), draw(1, 8), draw(1, 7 + 2 ** 32), draw(1 + 2 ** 32, 7)].map(
    (numbers) => numbers[0],
  );
  expect(new Set(starts).size).toBe(5);
});

test('numbers are even over their range, at every place and from index to index', () => {
  const random = createRandom(42);
  const first = new Array<number>(16).fill(0);
  const second = new Array<number>(16).fill(0);
  const pairs = new Array<number>(256).fill(0);
  let previous = 0;
  const n = 160_000;
  for (let index = 0; index < n; index++) {
    random.seek(index);
    const a = random.below(16);
    const b = random.below(16);
    first[a] = (first[a] ?? 0) + 1;
    second[b] = (second[b] ?? 0) + 1;
    pairs[previous * 16 + b] = (pairs[previous * 16 + b] ?? 0) + 1;
    previous = b;
  }
  // Chi-square with 15 and 255 degrees of freedom; the bounds are passed by chance once in 100,000.
  expect(chiSquare(first, n / 16)).toBeLessThan(50);
  expect(chiSquare(second, n / 16)).toBeLessThan(50);
  expect(chiSquare(pairs, n / 256)).toBeLessThan(365);
});

function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
