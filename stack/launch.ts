import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../base/errors';
import type { StackLayout } from './layout';
import { isSameProcess, removePidFile, writePidFile } from './pid-file';
import type { RunningServer } from './pid-file';
import { isLeaving } from './process-identity';
import type { ServerSpec } from './server-spec';

export function logPath(layout: StackLayout, name: string): string {
  return path.join(layout.log, `${name}.log`);
}

/** Starts the server detached from us, its output in its log (the log before it is kept as NAME.1.log), and records its pid. */
export async function launch(spec: ServerSpec, layout: StackLayout): Promise<RunningServer> {
  mkdirSync(layout.log, { recursive: true });
  mkdirSync(layout.run, { recursive: true });
  const log = logPath(layout, spec.name);
  if (existsSync(log)) renameSync(log, path.join(layout.log, `${spec.name}.1.log`));
  const descriptor = openSync(log, 'a');
  try {
    const command = spec.command();
    const child = spawn(command.executable, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: true, // a session of its own: it outlives us, and Ctrl-C does not reach it
      stdio: ['ignore', descriptor, descriptor],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(
          new SluiceError('SERVER_FAILED', `${spec.title} could not be started: ${cause.message}`, {
            cause,
            cure: `If files are missing, remove ${layout.install} and run \`sluice up\` again.`,
          }),
        ),
      );
    });
    child.unref();
    const ports = Object.values(spec.ports);
    return writePidFile({ runDirectory: layout.run, name: spec.name, pid: child.pid ?? 0, ports });
  } finally {
    closeSync(descriptor);
  }
}

/** Polls until the server is ready. Throws SERVER_FAILED with the end of its log when it dies or takes too long. */
export async function waitReady(input: {
  readonly spec: ServerSpec;
  readonly layout: StackLayout;
  /** undefined for a server that is not ours. */
  readonly running: RunningServer | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { spec, running } = input;
  const deadlineMs = Date.now() + input.timeoutMs;
  for (;;) {
    const probe = await spec.probe();
    // Dead first: another program that took the port must not pass for ours.
    if (running !== undefined && !isSameProcess(running)) throw failed(spec, input.layout, 'ended before it was ready');
    if (probe.ready) return;
    if (Date.now() > deadlineMs) {
      if (running === undefined) throw unreachable(spec, probe.why);
      throw failed(spec, input.layout, `was not ready in ${Math.round(input.timeoutMs / 1000)} s (${probe.why})`);
    }
    await sleep(100, undefined, { signal: input.signal });
  }
}

function failed(spec: ServerSpec, layout: StackLayout, what: string): SluiceError {
  const log = logPath(layout, spec.name);
  return new SluiceError('SERVER_FAILED', `${spec.title} ${what}. The end of its log:\n${logTail(log)}`, {
    cure: `Read ${log}; then try \`sluice up\` again.`,
    context: { server: spec.name, log },
  });
}

function unreachable(spec: ServerSpec, why: string): SluiceError {
  return new SluiceError(
    'SERVER_FAILED',
    `${spec.name} is set to ${spec.address}, outside this stack, and cannot be reached: ${why}`,
    {
      cure: 'Start it there, or unset the SLUICE_ variable that names it, so that `sluice up` starts one here.',
    },
  );
}

export function logTail(file: string, lines = 8): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : '';
  if (text === '') return '  (empty)';
  return text
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join('\n');
}

/** TERM, then KILL for it and its children when it does not end in time. Removes the pid file. */
export async function terminate(
  spec: ServerSpec,
  layout: StackLayout,
  running: RunningServer,
): Promise<'stopped' | 'killed'> {
  const gone = async (timeoutMs: number): Promise<boolean> => {
    const deadlineMs = Date.now() + timeoutMs;
    while (isSameProcess(running) || isLeaving(running.pid)) {
      if (Date.now() > deadlineMs) return false;
      await sleep(50);
    }
    return true;
  };
  signalProcess(running.pid, 'SIGTERM');
  let outcome: 'stopped' | 'killed' = 'stopped';
  if (!(await gone(spec.stopTimeoutMs))) {
    outcome = 'killed';
    signalProcess(-running.pid, 'SIGKILL'); // it leads a process group of its own
    if (!(await gone(5000))) {
      throw new SluiceError('SERVER_FAILED', `${spec.title} (pid ${running.pid}) is still there after SIGKILL`, {
        cure: 'It hangs in the kernel, on a disk as a rule; look at dmesg.',
      });
    }
  }
  removePidFile(layout.run, spec.name);
  return outcome;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
