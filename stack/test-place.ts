import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { tryLock } from './exclusive';
import { projectRoot } from './layout';
import { isPortFree } from './port-owner';
import { stackPorts } from './ports';

/**
 * Port offsets of test stacks. No two of them, nor one of them and 0, give the same port to anything (the ports of a stack lie 1000 and
 * others apart), and the first two keep Kafka below 32768, where Linux begins to hand out ports to clients.
 */
export const testOffsets: readonly number[] = [2000, 3500, 5000, 6500, 8000, 9500, 11000, 12500];

/** The first offset whose ports are all free. Throws PORT_TAKEN. */
export async function freeOffset(offsets: readonly number[] = testOffsets): Promise<number> {
  for (const offset of offsets) {
    const free = await Promise.all(Object.values(stackPorts(offset)).map(isPortFree));
    if (free.every(Boolean)) return offset;
  }
  throw new SluiceError('PORT_TAKEN', `none of the port offsets ${offsets.join(', ')} has all its ports free`, {
    cure: 'End stacks that are not in use (sluice down), and try again.',
  });
}

/** A home for a test run that no other run uses: `.sluice-test`, or `.sluice-test-2` beside a run in the same clone, and so on. */
export async function withTestHome<T>(work: (home: string) => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    const home = path.join(projectRoot, number === 1 ? '.sluice-test' : `.sluice-test-${number}`);
    const lockFile = path.join(home, 'run', 'test-run.lock');
    mkdirSync(path.dirname(lockFile), { recursive: true });
    if (tryLock(lockFile) !== undefined) continue; // another run is at work there
    try {
      return await work(home);
    } finally {
      rmSync(lockFile, { force: true });
    }
  }
}

/** Empties a home of what the run before left, but for its lock. */
export function clearHome(home: string): void {
  for (const entry of readdirSync(home)) {
    if (entry !== 'run') rmSync(path.join(home, entry), { recursive: true, force: true });
  }
}
