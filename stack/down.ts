import { rmSync } from 'node:fs';
import path from 'node:path';
import type { SluiceConfig } from '../base/config';
import { composeDown } from './docker';
import { exclusively } from './exclusive';
import { terminate } from './launch';
import { readRunning, removePidFile } from './pid-file';
import { withHeartbeat } from './progress';
import type { OnProgress } from './progress';
import type { ServerName, ServerSpec, StackContext } from './server-spec';
import { serverSpecs, stackContext } from './specs';
import type { StackSettings } from './settings';

export interface DownOptions {
  readonly config: SluiceConfig;
  readonly only?: readonly ServerName[];
  /** Also removes the data of the stopped servers. Tables, topics and histories are gone then. */
  readonly wipe?: boolean;
  /** The containers of docker-compose.yml in place of processes. */
  readonly docker?: boolean;
  readonly settings?: StackSettings;
  readonly onProgress?: OnProgress;
}

export interface ServerDown {
  readonly name: ServerName;
  readonly outcome: 'stopped' | 'killed' | 'not running';
  readonly elapsedMs: number;
}

/** Who is asked to end first: Sluice's own processes, while the servers that they drain into still answer. */
const order: readonly (readonly ServerName[])[] = [
  ['router', 'worker'],
  ['temporal', 'nessie', 'kafka', 's3'],
];

/** Stops this stack's servers: TERM, and KILL for one that does not end in time. Throws SERVER_FAILED when even that does not help. */
export async function down(options: DownOptions): Promise<readonly ServerDown[]> {
  const context = stackContext(options.config, options.settings);
  const specs = serverSpecs(context, options.only);
  const onProgress = options.onProgress ?? (() => undefined);
  if (options.docker === true) {
    await composeDown({ ...options, only: options.only, wipe: options.wipe === true, onProgress });
    return specs.map(({ name }) => ({ name, outcome: 'stopped', elapsedMs: 0 }));
  }
  return exclusively({ lockFile: path.join(context.layout.run, 'stack.lock') }, async () => {
    const results: ServerDown[] = [];
    for (const names of order) {
      const now = specs.filter((spec) => names.includes(spec.name));
      results.push(...(await Promise.all(now.map((spec) => stopOne(spec, context, onProgress)))));
    }
    if (options.wipe === true) for (const spec of specs) wipe(spec);
    return results;
  });
}

async function stopOne(spec: ServerSpec, context: StackContext, onProgress: OnProgress): Promise<ServerDown> {
  const running = readRunning(context.layout.run, spec.name);
  if (running === undefined) {
    removePidFile(context.layout.run, spec.name); // of one that was killed
    return { name: spec.name, outcome: 'not running', elapsedMs: 0 };
  }
  const startedMs = Date.now();
  const outcome = await withHeartbeat({ subject: spec.name, text: () => `${spec.title}: stopping`, onProgress }, () =>
    terminate(spec, context.layout, running),
  );
  const elapsedMs = Date.now() - startedMs;
  const text = outcome === 'stopped' ? 'stopped' : `did not end in ${spec.stopTimeoutMs / 1000} s and was killed`;
  onProgress({
    subject: spec.name,
    kind: outcome === 'stopped' ? 'done' : 'warning',
    text: `${spec.title}: ${text}`,
    elapsedMs,
  });
  return { name: spec.name, outcome, elapsedMs };
}

function wipe(spec: ServerSpec): void {
  if (spec.dataDirectory !== undefined) rmSync(spec.dataDirectory, { recursive: true, force: true });
}
