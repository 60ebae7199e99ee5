import path from 'node:path';
import type { SluiceConfig } from '../base/config';
import { SluiceError } from '../base/errors';
import { projectRoot } from './layout';
import type { OnProgress } from './progress';
import { withHeartbeat } from './progress';
import type { ServerName } from './server-spec';
import { runTool } from './tools';
import type { ToolResult } from './tools';

interface ComposeInput {
  readonly config: SluiceConfig;
  readonly only: readonly ServerName[] | undefined;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

/** `docker compose up` of docker-compose.yml. Throws MISSING_TOOL, NOT_SUPPORTED (port offset), SERVER_FAILED. */
export async function composeUp(input: ComposeInput): Promise<void> {
  if (input.config.portOffset !== 0) {
    throw new SluiceError(
      'NOT_SUPPORTED',
      'the ports of docker-compose.yml are fixed: a port offset goes with processes only',
      {
        cure: 'Leave --docker or --port-offset out.',
      },
    );
  }
  await compose(
    input,
    ['up', '--detach', '--wait', ...(input.only ?? [])],
    'docker compose: starting (the first time it downloads images)',
  );
}

/** `docker compose down`; with `wipe` its volumes too. */
export async function composeDown(input: ComposeInput & { readonly wipe: boolean }): Promise<void> {
  const args = input.only === undefined ? ['down', ...(input.wipe ? ['--volumes'] : [])] : ['stop', ...input.only];
  await compose(input, args, 'docker compose: stopping');
}

async function compose(input: ComposeInput, args: readonly string[], text: string): Promise<void> {
  await requireCompose();
  const startedMs = Date.now();
  const result = await withHeartbeat({ subject: 'docker', text: () => text, onProgress: input.onProgress }, () =>
    runTool({
      command: 'docker',
      args: ['compose', '--file', path.join(projectRoot, 'docker-compose.yml'), ...args],
      cwd: projectRoot,
      signal: input.signal,
    }),
  );
  if (result.status !== 0) {
    throw new SluiceError('SERVER_FAILED', `docker compose ${args[0]} failed: ${result.output.trim().slice(-800)}`, {
      cure: 'Look at `docker compose ps` and `docker compose logs`, or do without Docker: sluice up.',
    });
  }
  input.onProgress({
    subject: 'docker',
    kind: 'done',
    text: `docker compose ${args[0]}`,
    elapsedMs: Date.now() - startedMs,
  });
}

async function requireCompose(): Promise<void> {
  let result: ToolResult | undefined;
  try {
    result = await runTool({ command: 'docker', args: ['compose', 'version'], timeoutMs: 20_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (result?.status === 0) return;
  throw new SluiceError('MISSING_TOOL', 'docker compose is not there', {
    cure: 'Install Docker with its compose plugin, or do without: `sluice up` starts the servers as processes.',
  });
}
