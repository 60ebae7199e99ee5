import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * What tells one process from a later one with the same pid: its start time, and on Linux the boot it belongs to.
 * undefined when no such process lives. A zombie counts as dead: in a container nobody may collect it, and it holds nothing.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return identityFromPs(pid);
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const parsed = parseProcStat(stat);
  if (parsed === undefined || parsed.state === 'Z' || parsed.state === 'X') return undefined;
  return `${bootId()}:${parsed.startTicks}`;
}

/**
 * Whether threads of a dead process are still at their end: its first thread is a zombie already while another still holds the sockets. Only
 * when they are gone too are its ports free.
 */
export function isLeaving(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return processIdentity(pid) === undefined && readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false; // gone altogether
  }
}

/** Reads /proc/PID/stat (proc(5)). The command in brackets may itself hold brackets and blanks: fields count from the last `)`. */
export function parseProcStat(text: string): { readonly state: string; readonly startTicks: string } | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = fields[19];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

let bootIdText: string | undefined;
function bootId(): string {
  bootIdText ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootIdText;
}

function identityFromPs(pid: number): string | undefined {
  const result = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const text = result.status === 0 ? result.stdout.trim() : '';
  if (text === '' || text.startsWith('Z')) return undefined;
  return text.split(/\s+/).slice(1).join(' ');
}

/** Resident memory in bytes, where /proc tells. */
export function residentBytes(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** The command line of a process, for messages; undefined when it cannot be read. */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() || undefined;
    }
    const result = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return result.stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
