import { readdirSync, readFileSync } from 'node:fs';
import { processUsage } from './process-usage';

export interface TreeUsage {
  /** User and system time of the processes that were seen, and of their children that ended. */
  readonly cpuSeconds: number;
  /** Highest sum of what the tree held in memory at one time, and never less than the highest of its first process alone. */
  readonly peakRssBytes: number;
}

export interface TreeWatch {
  /** What was seen so far. */
  usage(): TreeUsage;
  stop(): TreeUsage;
}

const SAMPLE_MS = 250;

/** Samples a process and all below it by /proc until stopped or gone. Linux only. */
export function watchTree(pid: number): TreeWatch {
  const cpu = new Map<number, number>();
  let peakRssBytes = 0;
  const sample = (): void => {
    let now = 0;
    for (const member of tree(pid)) {
      try {
        const { cpuSeconds, peakRssBytes: own } = processUsage(member);
        cpu.set(member, cpuSeconds);
        if (member === pid) peakRssBytes = Math.max(peakRssBytes, own);
        now += rssBytes(member);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    peakRssBytes = Math.max(peakRssBytes, now);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  sample();
  const usage = (): TreeUsage => ({ cpuSeconds: [...cpu.values()].reduce((sum, next) => sum + next, 0), peakRssBytes });
  return {
    usage: () => {
      sample();
      return usage();
    },
    stop: () => {
      clearInterval(timer);
      return usage();
    },
  };
}

function tree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The command's name, in parentheses, may hold spaces: fields are counted behind it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const parent = Number(fields[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  const below = (pid: number): readonly number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}

function rssBytes(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb ?? 0) * 1024;
}

/** A process that ended: no such file, or no such process while it was read. A dead one that nobody waited for has no memory lines. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
