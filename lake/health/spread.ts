export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** All zero for no numbers. Of an even count the median is the upper of the two in the middle. Pure. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
