import { readFileSync } from 'node:fs';
import type { SluiceConfig } from '../../base/config';
import { stackLayout } from '../../stack/layout';
import { readRunning } from '../../stack/pid-file';
import { backendNames } from '../../stack/server-spec';
import { processUsage } from '../process-usage';

export interface MachineCpu {
  /** Busy time of all cores since the machine started, user, nice, system, interrupts; what a hypervisor took is not in it. */
  readonly busySeconds: number;
  /** Of those servers that this stack has started. */
  readonly servers: Readonly<Record<string, number>>;
}

const TICKS_PER_SECOND = 100;

/** A look at /proc. Linux only. */
export function machineCpu(config: Pick<SluiceConfig, 'home'>): MachineCpu {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  const { run } = stackLayout(config);
  const servers = backendNames.flatMap((name): readonly (readonly [string, number])[] => {
    const running = readRunning(run, name);
    return running ? [[name, processUsage(running.pid).cpuSeconds]] : [];
  });
  return {
    busySeconds: (user + nice + system + irq + softirq) / TICKS_PER_SECOND,
    servers: Object.fromEntries(servers),
  };
}

/** What was used between two looks. Pure. */
export function cpuBetween(before: MachineCpu, after: MachineCpu): MachineCpu {
  const servers = Object.entries(after.servers).flatMap(([name, seconds]): readonly (readonly [string, number])[] => {
    const from = before.servers[name];
    return from === undefined || from > seconds ? [] : [[name, seconds - from]];
  });
  return { busySeconds: after.busySeconds - before.busySeconds, servers: Object.fromEntries(servers) };
}
