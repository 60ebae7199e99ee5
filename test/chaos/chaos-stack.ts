import type { SluiceConfig } from '../../base/config';
import { down } from '../../stack/down';
import { stackLayout } from '../../stack/layout';
import { readRunning } from '../../stack/pid-file';
import { backendNames } from '../../stack/server-spec';
import type { StackSettings } from '../../stack/settings';
import { up } from '../../stack/up';
import { until } from '../real/support/until';
import type { Server } from './wires';

/** Servers that may be killed. */
export interface ServerControl {
  kill(servers: readonly Server[]): Promise<void>;
  pause(servers: readonly Server[]): void;
  resume(servers: readonly Server[]): void;
  /** Starts those that do not run, with the data they had; done when they answer. */
  start(servers: readonly Server[]): Promise<void>;
  /** Everything runs again, whatever a case left behind. */
  restore(): Promise<void>;
}

export interface ChaosStack {
  readonly config: SluiceConfig;
  readonly control: ServerControl;
  close(): Promise<void>;
}

/** A stack of its own under `config.home`, with fresh data. */
export async function openChaosStack(input: {
  readonly config: SluiceConfig;
  readonly settings: StackSettings;
  readonly signal: AbortSignal;
}): Promise<ChaosStack> {
  const { config, settings, signal } = input;
  const { run } = stackLayout(config, settings.installDirectory);
  const stack = { config, settings };
  const paused = new Set<Server>();
  const pidOf = (server: Server): number | undefined => readRunning(run, server)?.pid;
  const send = (server: Server, what: NodeJS.Signals): void => {
    const pid = pidOf(server);
    if (pid !== undefined) process.kill(pid, what);
  };
  const start = async (names: readonly Server[]): Promise<void> => {
    await up({ ...stack, only: names, signal });
  };
  const control: ServerControl = {
    kill: async (names) => {
      for (const server of names) {
        const pid = pidOf(server);
        if (pid === undefined) throw new Error(`${server} does not run`);
        process.kill(-pid, 'SIGKILL'); // launched as the leader of a group of its own
        await until(`the end of ${server}`, () => pidOf(server) === undefined, 10_000);
      }
    },
    pause: (names) => {
      for (const server of names) {
        paused.add(server);
        send(server, 'SIGSTOP');
      }
    },
    resume: (names) => {
      for (const server of names) {
        send(server, 'SIGCONT');
        paused.delete(server);
      }
    },
    start,
    restore: async () => {
      control.resume([...paused]);
      await start(backendNames);
    },
  };
  try {
    await start(backendNames);
  } catch (error) {
    await down(stack);
    throw error;
  }
  return {
    config,
    control,
    close: async () => {
      control.resume([...paused]);
      await down(stack);
    },
  };
}
