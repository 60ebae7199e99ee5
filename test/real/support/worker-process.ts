import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SluiceConfig } from '../../../base/config';
import { workerEnvironment } from '../../../stack/worker-environment';
import { until } from './until';

export interface WorkerProcess {
  readonly process: ChildProcess;
  /** Ends it as an operator would; rejects when it ends with an error. */
  stop(): Promise<void>;
  /** Done when the worker polls for work: its log says so. */
  ready(): Promise<void>;
  /** Done when the process is gone, by whatever cause. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A worker as a process of its own, on the test's task queue. `entry` is workers/main.ts or one that does harm to itself. */
export function startWorkerProcess(
  config: SluiceConfig,
  entry = 'workers/main.ts',
  env: Readonly<Record<string, string>> = {},
): WorkerProcess {
  const root = path.resolve(__dirname, '../../..');
  const child = spawn(process.execPath, ['--require', path.join(root, 'bin/load-ts.cjs'), path.join(root, entry)], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...workerEnvironment(process.env),
      // Jest's own options are not for it; `--cpu-prof` and the like are handed on by this name.
      NODE_OPTIONS: process.env['SLUICE_WORKER_NODE_OPTIONS'] ?? '',
      SLUICE_HOME: config.home,
      SLUICE_TASK_QUEUE: config.temporal.taskQueue,
      SLUICE_WORKER_PORT: '0', // any free one
      ...env,
    },
  });
  let log = '';
  child.stderr.on('data', (piece: Buffer) => {
    log = (log + piece.toString()).slice(-4000);
  });
  child.once('exit', (code) => {
    // A worker that cannot start would otherwise show as a time-out of the test, minutes later.
    if (code) process.stderr.write(`${entry} ended with ${code}:\n${log}\n`);
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    process: child,
    ended,
    ready: () => until('the worker', () => log.includes('worker.started')),
    stop: async () => {
      child.kill('SIGTERM');
      const { code, signal } = await ended;
      if (code !== 0) throw new Error(`the worker ended with ${code ?? signal}`);
    },
  };
}
