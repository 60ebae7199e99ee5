import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '../../engine/engine';
import type { Engine } from '../../engine/engine';
import { calmCase, cutAnew } from './calm-case';
import { faultPoints } from './case';
import type { Fault, FuzzCase } from './case';
import { describeCase } from './describe-case';
import { makeCase } from './make-case';
import { runCase } from './run-case';
import type { CaseResult } from './run-case';

let directory: string;
let engine: Engine;
let parallel: Engine;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-invariants-'));
  engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: path.join(directory, 'one') });
  parallel = await openEngine({ memoryLimit: '400MB', threads: 4, tempDirectory: path.join(directory, 'four') });
});

afterAll(async () => {
  await engine.close();
  await parallel.close();
  await rm(directory, { recursive: true, force: true });
});

async function played(fuzzCase: FuzzCase, on = engine): Promise<CaseResult> {
  const result = await runCase(on, fuzzCase);
  if (result.failure !== undefined) throw new Error(`\n${describeCase(fuzzCase)}\n\n${result.failure}`);
  return result;
}

const withFaults = (fuzzCase: FuzzCase, faults: readonly Fault[]): FuzzCase => ({
  ...fuzzCase,
  steps: fuzzCase.steps.map((step) => ({ ...step, faults })),
});
const seeds = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

test.each(seeds(1, 14))(
  'the same events cut into other batches give the same tables when nothing is late (seed %i)',
  async (seed) => {
    const calm = calmCase(seed);
    const whole = await played(calm);
    expect(whole.lateRows).toBe(0);
    for (const cut of [seed * 10, seed * 10 + 1]) {
      const result = await played(cutAnew(calm, cut));
      expect({ seed, cut, contents: result.contents }).toEqual({ seed, cut, contents: whole.contents });
    }
  },
  300_000,
);

test.each(seeds(500, 8))(
  'the same batches give files of the same bytes, by whatever number of threads (seed %i)',
  async (seed) => {
    const plain = withFaults(makeCase(seed), []);
    const first = await played(plain);
    const again = await played(plain, parallel);
    expect(again.dataFiles).toEqual(first.dataFiles);
    expect(again.contents).toEqual(first.contents);
  },
  300_000,
);

test.each(seeds(600, 8))(
  'restarts, repeated activities and lost answers at every step leave the same files and tables (seed %i)',
  async (seed) => {
    const plain = withFaults(makeCase(seed), []);
    const first = await played(plain);
    const faults = faultPoints.flatMap((at): readonly Fault[] => [
      { at, kind: 'again' },
      { at, kind: 'restart' },
      { at, kind: at === 'windows' || at === 'audited' ? 'lost-answer' : 'restart' },
    ]);
    const troubled = await played(withFaults(plain, faults));
    expect(troubled.dataFiles).toEqual(first.dataFiles);
    expect(troubled.contents).toEqual(first.contents);
  },
  300_000,
);
