import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../../stack/layout';

/** What bench/backlog.ts says of a run. */
export interface BacklogFigures {
  readonly ok: boolean;
  readonly events: number;
  readonly days: number;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

/** Runs bench/backlog.ts as a process of its own; what it says on the way goes to standard error. Throws when it fails otherwise than by its verdict. */
export async function measureBacklog(
  { events, days, seed }: { readonly events: number; readonly days: number; readonly seed: number },
  signal: AbortSignal,
): Promise<BacklogFigures> {
  const options = ['--events', events, '--days', days, '--order', 'ordered', '--seed', seed].map(String);
  const program = [path.join(projectRoot, 'bin', 'bootstrap.cjs'), 'run', 'bench/backlog.ts'];
  const child = spawn(process.execPath, [...program, ...options, '--no-verify', '--json'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [status, said] = await Promise.all([ended, text(child.stdout)]);
  if (said.trim() === '') throw new Error(`bench/backlog.ts ended with ${status} and without figures; see above`);
  return JSON.parse(said) as BacklogFigures;
}
