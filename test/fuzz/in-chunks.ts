import type { CaseKind } from './case';
import { fuzz } from './fuzz-loop';

const CHUNK = 26;

/** Tests over `chunks` x 26 seeded cases of a kind. A failure prints the seed, the case made smaller, and the command that repeats it. */
export function testCases(kind: CaseKind, { seed, chunks }: { readonly seed: number; readonly chunks: number }): void {
  const seeds = Array.from({ length: chunks }, (_, index) => seed + index * CHUNK);
  test.each(seeds)(
    `${CHUNK} cases from seed %i on`,
    async (first) => {
      const { failure, cases, batches, windowRows } = await fuzz({ seed: first, cases: CHUNK, only: kind });
      if (failure !== undefined) throw new Error(`\n${failure}`);
      expect(cases).toBe(CHUNK);
      expect(batches).toBeGreaterThan(CHUNK);
      expect(windowRows).toBeGreaterThan(CHUNK);
    },
    900_000,
  );
}
