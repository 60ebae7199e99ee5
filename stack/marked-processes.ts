import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, processIdentity } from './process-identity';

/** Environment variable that every process started by a test run inherits, detached servers and their children too. */
export const markName = 'SLUICE_TEST_RUN';

/** Living processes whose environment carries the mark, without ourselves. Only Linux tells the environment of others; else none. */
export function markedProcesses(mark: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const entry = `${markName}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && processIdentity(pid) !== undefined && environmentOf(pid).includes(entry));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

/** Ends what a test run left behind: TERM, and KILL after `graceMs`. Answers what it was, for a message. */
export async function endMarkedProcesses(mark: string, graceMs = 10_000): Promise<readonly string[]> {
  const found = markedProcesses(mark).map((pid) => `pid ${pid} (${(commandOf(pid) ?? '').slice(0, 120)})`);
  const deadlineMs = Date.now() + graceMs;
  for (
    let pids = markedProcesses(mark), signal: NodeJS.Signals = 'SIGTERM';
    pids.length > 0;
    pids = markedProcesses(mark)
  ) {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await sleep(200);
    if (Date.now() > deadlineMs) signal = 'SIGKILL';
  }
  return found;
}
