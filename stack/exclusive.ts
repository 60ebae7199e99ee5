import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from './pid-file';
import { processIdentity } from './process-identity';

interface LockRecord {
  readonly pid: number;
  readonly identity: string;
}

/**
 * Runs `work` while no other process runs work under the same lock file; waits for its turn. A lock whose process is gone is taken over.
 * `onWait` is told, about once a second, which pid holds it.
 */
export async function exclusively<T>(
  input: {
    readonly lockFile: string;
    readonly onWait?: (pid: number) => void;
    readonly signal?: AbortSignal | undefined;
  },
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(path.dirname(input.lockFile), { recursive: true });
  let lastSaidMs = 0;
  for (;;) {
    const holder = tryLock(input.lockFile);
    if (holder === undefined) break;
    if (Date.now() - lastSaidMs >= 1000) {
      input.onWait?.(holder.pid);
      lastSaidMs = Date.now();
    }
    await sleep(100, undefined, { signal: input.signal });
  }
  try {
    return await work();
  } finally {
    rmSync(input.lockFile, { force: true });
  }
}

/** Takes the lock, or answers who holds it. Within one process the lock excludes too. */
export function tryLock(lockFile: string): LockRecord | undefined {
  const mine: LockRecord = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const own = `${lockFile}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify(mine));
  try {
    for (;;) {
      try {
        linkSync(own, lockFile); // atomic, and the content is there with the name
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readLock(lockFile);
      if (holder === 'gone') continue;
      if (holder !== 'unreadable' && isSameProcess(holder)) return holder;
      dropStale(lockFile, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function readLock(lockFile: string): LockRecord | 'gone' | 'unreadable' {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')) as LockRecord;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

/** Two processes may find the same dead holder: whoever moves a fresh lock away by mistake puts it back. */
function dropStale(lockFile: string, stale: LockRecord | 'unreadable'): void {
  const moved = `${lockFile}.stale.${process.pid}`;
  try {
    renameSync(lockFile, moved);
  } catch {
    return; // somebody else dropped it
  }
  const found = readLock(moved);
  const isFresh =
    typeof found === 'object' && (stale === 'unreadable' || found.identity !== stale.identity) && isSameProcess(found);
  if (isFresh) renameSync(moved, lockFile);
  else rmSync(moved, { force: true });
}
