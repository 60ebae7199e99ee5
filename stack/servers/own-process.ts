import path from 'node:path';
import type { ServerName, ServerSpec, StackContext } from '../server-spec';
import { configEnv } from '../config-env';
import { httpProbe } from '../http-probe';
import { projectRoot } from '../layout';
import { backendNames } from '../server-spec';
import { workerEnvironment } from '../worker-environment';

/** A process of Sluice itself: a TypeScript file of this project that answers GET /health with 200 once it can work. */
function ownProcess(
  context: StackContext,
  own: {
    readonly name: ServerName;
    readonly title: string;
    readonly entry: string;
    readonly host: string;
    readonly port: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): ServerSpec {
  const address = `http://${own.host}:${own.port}`;
  return {
    name: own.name,
    title: own.title,
    address,
    ports: { http: own.port },
    parts: [],
    after: backendNames,
    external: false,
    dataDirectory: undefined,
    startTimeoutMs: 60_000,
    stopTimeoutMs: 30_000, // a worker drains its activities
    command: () => ({
      executable: process.execPath,
      args: [
        '--enable-source-maps',
        '--require',
        path.join(projectRoot, 'bin', 'load-ts.cjs'),
        path.join(projectRoot, own.entry),
      ],
      cwd: projectRoot,
      env: { ...process.env, ...own.env, ...configEnv(context.config) },
    }),
    probe: () => httpProbe({ url: `${address}/health`, read: readHealth }),
  };
}

export function routerSpec(context: StackContext): ServerSpec {
  const { host, port } = context.config.router;
  // A router that listens on every address is asked on loopback.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return ownProcess(context, { name: 'router', title: 'Router', entry: 'router/main.ts', host: reachable, port });
}

export function workerSpec(context: StackContext): ServerSpec {
  const port = context.config.worker.healthPort;
  return ownProcess(context, {
    name: 'worker',
    title: 'Worker',
    entry: 'workers/main.ts',
    host: '127.0.0.1',
    port,
    env: workerEnvironment(process.env),
  });
}

function readHealth(body: string): { readonly version?: string; readonly detail?: string } {
  try {
    const health = JSON.parse(body) as { version?: string; status?: string };
    return {
      ...(health.version === undefined ? {} : { version: health.version }),
      ...(health.status === undefined ? {} : { detail: health.status }),
    };
  } catch {
    return {}; // /health need not be JSON
  }
}
