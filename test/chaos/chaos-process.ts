import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { configEnv } from '../../stack/config-env';
import type { SluiceConfig } from '../../base/config';
import type { Go, PointReached, WorkerPoint } from './points';

export interface ChaosWorker {
  readonly name: string;
  readonly pid: number;
  /** Why it is gone; undefined while it lives. */
  ended(): string | undefined;
  kill(): void;
  pause(): void;
  resume(): void;
  /** Asks it to end, and waits. Answers what was wrong with its end, or undefined. */
  stop(limitMs: number): Promise<string | undefined>;
  /** The end of its log. */
  log(): string;
}

export interface ChaosWorkerInput {
  readonly name: string;
  readonly config: SluiceConfig;
  /** Workflow code bundled before: a worker starts in half the time. */
  readonly bundleFile: string | undefined;
  /** Where it reports and waits. */
  readonly point: WorkerPoint | undefined;
  /** The worker goes on when the promise is settled, if it can. */
  readonly onPoint: (reached: PointReached) => Promise<void>;
}

const root = path.resolve(__dirname, '../..');
const LOG_CHARACTERS = 20_000;

/** A worker as a process of its own, which reports its point and waits there. */
export function startChaosWorker(input: ChaosWorkerInput): ChaosWorker {
  const { name, config, bundleFile, point, onPoint } = input;
  const child = spawn(
    process.execPath,
    ['--require', path.join(root, 'bin/load-ts.cjs'), path.join(root, 'test/chaos/chaos-worker.ts')],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...configEnv(config),
        NODE_OPTIONS: '',
        SLUICE_WORKER_PORT: '0',
        ...(bundleFile === undefined ? {} : { SLUICE_CHAOS_BUNDLE: bundleFile }),
        ...(point === undefined ? {} : { SLUICE_CHAOS_POINT: point }),
      },
    },
  );
  let log = '';
  let end: string | undefined;
  child.stderr!.on('data', (piece: Buffer) => {
    log = (log + piece.toString()).slice(-LOG_CHARACTERS);
  });
  child.on('message', (reached: PointReached) => {
    void onPoint(reached).finally(() => {
      const go: Go = { go: reached.id };
      if (child.connected) child.send(go, () => undefined);
    });
  });
  const exit = once(child, 'exit').then(([code, signal]) => {
    end = code === null ? String(signal) : `exit status ${String(code)}`;
  });
  const signal = (what: NodeJS.Signals): void => void child.kill(what);
  return {
    name,
    pid: child.pid!,
    ended: () => end,
    kill: () => signal('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async (limitMs) => {
      if (end !== undefined) return undefined;
      signal('SIGTERM');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), limitMs);
      });
      const outcome = await Promise.race([exit, late]);
      clearTimeout(timer);
      if (outcome === 'late') {
        signal('SIGKILL');
        return `${name} did not end within ${limitMs / 1000} s of SIGTERM`;
      }
      return end === 'exit status 0' ? undefined : `${name} ended with ${end}`;
    },
    log: () => log,
  };
}
