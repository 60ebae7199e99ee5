import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '../../engine/engine';
import type { Engine } from '../../engine/engine';
import { playRollbacks } from './rollback-case';

jest.setTimeout(600_000);

const CASES = 5;

describe('main taken back and forward between batches equals the oracle of the batches that stand', () => {
  let engine: Engine;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-rollback-'));
    engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
  });
  afterAll(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  test.each([600_000, 600_000 + CASES, 600_000 + 2 * CASES])(`${CASES} cases from seed %i on`, async (first) => {
    let rollbacks = 0;
    for (let seed = first; seed < first + CASES; seed += 1) {
      try {
        rollbacks += await playRollbacks(engine, seed);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    expect(rollbacks).toBeGreaterThan(0);
  });
});
