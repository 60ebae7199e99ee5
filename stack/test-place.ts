import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from './exclusive';
import { projectRoot } from './layout';

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
