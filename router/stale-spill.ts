import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const own = /^query-(\d+)-/;

/** The place of one query's spill files. */
export function spillName(pid: number, id: string): string {
  return `query-${pid}-${id}`;
}

/** Removes what queries of processes that were killed left behind. Other files in `directory` belong to others and stay. */
export async function dropStaleSpill(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(missingIsEmpty)) {
    const pid = own.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(path.join(directory, name), { recursive: true, force: true });
  }
}

function missingIsEmpty(error: NodeJS.ErrnoException): readonly string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}
