import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '../../engine/engine';
import type { CaseKind } from './case';
import { describeCase } from './describe-case';
import { makeCase } from './make-case';
import { runCase } from './run-case';
import { shrinkCase } from './shrink';

export interface FuzzInput {
  readonly seed: number;
  readonly cases: number;
  readonly only?: CaseKind;
  /** Off: a failing case is shown as it was drawn. */
  readonly shrink?: boolean;
  readonly onProgress?: (done: FuzzTotals) => void;
}

export interface FuzzTotals {
  readonly cases: number;
  readonly batches: number;
  readonly windowRows: number;
  readonly lateRows: number;
}

export type FuzzResult = FuzzTotals & {
  /** The first case that failed: its seed, the case made smaller, the difference, the command that repeats it. */
  readonly failure?: string;
};

/** Runs the cases of `seed`, `seed` + 1, … one after another on one engine, up to the first that fails. */
export async function fuzz({ seed, cases, only, shrink = true, onProgress }: FuzzInput): Promise<FuzzResult> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-fuzz-engine-'));
  const engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
  let totals: FuzzTotals = { cases: 0, batches: 0, windowRows: 0, lateRows: 0 };
  try {
    for (let number = 0; number < cases; number += 1) {
      const fuzzCase = makeCase(seed + number, only);
      const { failure, batches, windowRows, lateRows } = await runCase(engine, fuzzCase);
      if (failure !== undefined) {
        const fails = async (smaller: typeof fuzzCase): Promise<boolean> =>
          (await runCase(engine, smaller)).failure !== undefined;
        const smallest = shrink ? await shrinkCase(fuzzCase, fails) : fuzzCase;
        const shown = (await runCase(engine, smallest)).failure ?? `not repeatable; it was: ${failure}`;
        const command = `npm run fuzz -- --seed ${seed + number} --cases 1${only ? ` --only ${only}` : ''}`;
        return { ...totals, failure: `${describeCase(smallest)}\n\n${shown}\n\nagain: ${command}` };
      }
      totals = {
        cases: totals.cases + 1,
        batches: totals.batches + batches,
        windowRows: totals.windowRows + windowRows,
        lateRows: totals.lateRows + lateRows,
      };
      onProgress?.(totals);
    }
    return totals;
  } finally {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  }
}
