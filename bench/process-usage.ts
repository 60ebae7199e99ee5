import { readFileSync } from 'node:fs';

/** Clock ticks per second of /proc/PID/stat on Linux; the kernel has reported 100 to user space on every platform Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  /** User and system time of the process and of its children that ended. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** What a process has used so far, by /proc (proc(5)). Linux only. One that has ended and waits to be collected holds no memory: 0. */
export function processUsage(pid: number): ProcessUsage {
  // The command's name, in parentheses, may hold spaces: fields are counted behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  const peakKb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakRssBytes: Number(peakKb ?? 0) * 1024 };
}
