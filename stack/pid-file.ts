import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { processIdentity } from './process-identity';

/** A server that we started. */
export interface RunningServer {
  readonly pid: number;
  /** Start time of the process: a pid used again by another program must not pass for ours. */
  readonly identity: string;
  readonly startedAtMs: number;
  readonly ports: readonly number[];
}

function pidPath(runDirectory: string, name: string): string {
  return path.join(runDirectory, `${name}.pid`);
}

/** Records a process that was just started. Throws SERVER_FAILED when it is gone already. */
export function writePidFile(input: {
  runDirectory: string;
  name: string;
  pid: number;
  ports: readonly number[];
}): RunningServer {
  const identity = processIdentity(input.pid);
  if (identity === undefined) {
    throw new SluiceError('SERVER_FAILED', `${input.name} ended as soon as it was started (pid ${input.pid})`);
  }
  const record: RunningServer = { pid: input.pid, identity, startedAtMs: Date.now(), ports: input.ports };
  const target = pidPath(input.runDirectory, input.name);
  writeFileSync(`${target}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${target}.new`, target); // whoever reads sees all of it or the old one
  return record;
}

/** The process of the pid file, if it still lives and is the one that was started; undefined otherwise. */
export function readRunning(runDirectory: string, name: string): RunningServer | undefined {
  let record: RunningServer;
  try {
    record = JSON.parse(readFileSync(pidPath(runDirectory, name), 'utf8')) as RunningServer;
  } catch {
    return undefined; // no file, or not one of ours
  }
  return isSameProcess(record) ? record : undefined;
}

export function isSameProcess(record: Pick<RunningServer, 'pid' | 'identity'>): boolean {
  return Number.isInteger(record.pid) && record.pid > 1 && processIdentity(record.pid) === record.identity;
}

export function removePidFile(runDirectory: string, name: string): void {
  rmSync(pidPath(runDirectory, name), { force: true });
}
