import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { commandOf } from './process-identity';

export interface PortOwner {
  /** undefined when the process belongs to another user and cannot be seen. */
  readonly pid: number | undefined;
  readonly command: string | undefined;
}

/** True when a server on loopback could take `port` now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Who listens on `port`; undefined when nobody is seen to. */
export function portOwner(port: number): PortOwner | undefined {
  if (process.platform !== 'linux') return ownerFromLsof(port);
  const inodes = new Set(listenerTables().flatMap((text) => listenersOn(text, port)));
  if (inodes.size === 0) return undefined;
  const pid = pidHolding(inodes);
  return { pid, command: pid === undefined ? undefined : commandOf(pid) };
}

/** Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6 (columns as in proc_net_tcp). */
export function listenersOn(table: string, port: number): readonly string[] {
  const LISTEN = '0A';
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === LISTEN && parseInt(columns[1]?.split(':').at(-1) ?? '', 16) === port)
    .map((columns) => columns[9] ?? '');
}

function listenerTables(): readonly string[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return [readFileSync(file, 'utf8')];
    } catch {
      return []; // a kernel without IPv6
    }
  });
}

function pidHolding(inodes: ReadonlySet<string>): number | undefined {
  const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    let descriptors: string[];
    try {
      descriptors = readdirSync(`/proc/${entry}/fd`);
    } catch {
      continue; // ended meanwhile, or another user's
    }
    for (const descriptor of descriptors) {
      try {
        if (wanted.has(readlinkSync(`/proc/${entry}/fd/${descriptor}`))) return Number(entry);
      } catch {
        // closed meanwhile
      }
    }
  }
  return undefined;
}

function ownerFromLsof(port: number): PortOwner | undefined {
  const result = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], { encoding: 'utf8' });
  const pid = /^p(\d+)$/m.exec(result.stdout ?? '')?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), command: commandOf(Number(pid)) };
}

/** `pid 4711 (java -Xmx512m …)`, for messages. */
export function describeOwner(owner: PortOwner | undefined): string {
  if (owner === undefined) return 'a process that could not be found';
  if (owner.pid === undefined) return 'a process of another user';
  const command = owner.command ?? 'command unknown';
  return `pid ${owner.pid} (${command.length > 100 ? `${command.slice(0, 99)}…` : command})`;
}
