import type { SluiceConfig } from '../base/config';
import { logPath } from './launch';
import { readRunning } from './pid-file';
import { describeOwner, isPortFree, portOwner } from './port-owner';
import { residentBytes } from './process-identity';
import type { ServerName, ServerSpec, StackContext } from './server-spec';
import type { StackSettings } from './settings';
import { serverSpecs, stackContext } from './specs';

/**
 * `running`: ours and ready. `not ready`: ours, but it does not answer as it should. `stopped`. `external`: not started by this stack (settings
 * name another place, or a container has our port), and it answers. `unreachable`: external, and it does not. `port taken`: stopped, and
 * another program, which does not answer as this server would, has one of its ports.
 */
export type ServerState = 'running' | 'not ready' | 'stopped' | 'external' | 'unreachable' | 'port taken';

export interface ServerStatus {
  readonly name: ServerName;
  readonly title: string;
  readonly state: ServerState;
  readonly address: string;
  readonly version: string | undefined;
  /** What the server says of itself, or what is wrong. */
  readonly detail: string | undefined;
  readonly pid: number | undefined;
  readonly uptimeMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly log: string;
}

/** One look at every server; starts and changes nothing. */
export async function status(options: {
  readonly config: SluiceConfig;
  readonly only?: readonly ServerName[];
  readonly settings?: StackSettings;
}): Promise<readonly ServerStatus[]> {
  const context = stackContext(options.config, options.settings);
  return Promise.all(serverSpecs(context, options.only).map((spec) => serverStatus(spec, context)));
}

async function serverStatus(spec: ServerSpec, context: StackContext): Promise<ServerStatus> {
  const running = spec.external ? undefined : readRunning(context.layout.run, spec.name);
  const about = {
    name: spec.name,
    title: spec.title,
    address: spec.address,
    pid: running?.pid,
    uptimeMs: running === undefined ? undefined : Date.now() - running.startedAtMs,
    memoryBytes: running === undefined ? undefined : residentBytes(running.pid),
    log: logPath(context.layout, spec.name),
  };
  if (running === undefined && !spec.external) return { ...about, version: undefined, ...(await stoppedState(spec)) };
  const probe = await spec.probe();
  if (probe.ready)
    return { ...about, state: spec.external ? 'external' : 'running', version: probe.version, detail: probe.detail };
  return { ...about, state: spec.external ? 'unreachable' : 'not ready', version: undefined, detail: probe.why };
}

async function stoppedState(spec: ServerSpec): Promise<Pick<ServerStatus, 'state' | 'detail'>> {
  for (const port of Object.values(spec.ports)) {
    if (await isPortFree(port)) continue;
    const owner = describeOwner(portOwner(port));
    const probe = await spec.probe();
    if (probe.ready) return { state: 'external', detail: `answers, but was not started by this stack: ${owner}` };
    return { state: 'port taken', detail: `port ${port} is taken by ${owner}` };
  }
  return { state: 'stopped', detail: undefined };
}
