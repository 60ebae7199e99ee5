import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { SluiceError, describeError } from '../../base/errors';
import { temporalBinary } from '../part-paths';
import type { Probe, ServerSpec, StackContext } from '../server-spec';
import { runTool } from '../tools';
import type { ToolResult } from '../tools';
import { parts } from '../versions';

/** What a batch workflow is found by in the Temporal UI. */
export const searchAttributes = {
  SluicePipeline: 'Keyword',
  SluiceBatch: 'Int',
  SluiceStatus: 'Keyword',
  SluiceTable: 'KeywordList',
} as const;

/** Temporal's development server with its UI, on loopback, kept in one SQLite file. */
export function temporalSpec(context: StackContext): ServerSpec {
  const { config, layout, ports } = context;
  const { address, namespace, uiUrl } = config.temporal;
  const directory = path.join(layout.data, 'temporal');
  const executable = temporalBinary(layout.install);
  const ask = (args: readonly string[]) => askTemporal(executable, address, args);
  return {
    name: 'temporal',
    title: `Temporal ${parts.temporal.version}`,
    address: `${address}, UI ${uiUrl}`,
    ports: { grpc: ports.temporal, ui: ports.temporalUi },
    parts: ['temporal'],
    after: [],
    external: address !== `127.0.0.1:${ports.temporal}`,
    dataDirectory: directory,
    startTimeoutMs: 60_000,
    stopTimeoutMs: 20_000,
    prepare: async () => void mkdirSync(directory, { recursive: true }),
    command: () => ({
      executable,
      args: [
        ...[
          'server',
          'start-dev',
          '--ip',
          '127.0.0.1',
          '--port',
          String(ports.temporal),
          '--ui-port',
          String(ports.temporalUi),
        ],
        ...['--db-filename', path.join(directory, 'temporal.db')],
        // The default journal makes the server two to three times slower; WAL loses nothing when the process is killed.
        ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
        // The default poll rate puts a grid of 50 ms under every task.
        ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
        ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
        ...(namespace === 'default' ? [] : ['--namespace', namespace]),
        ...['--ui-disable-news-fetch', '--log-level', 'warn', '--log-format', 'json', ...undisturbed],
      ],
      cwd: directory,
      env: process.env,
    }),
    probe: () => temporalProbe(ask, address),
    settle: () => ensureSearchAttributes(ask, namespace),
  };
}

/** Settings files and variables of the user's for other servers must not reach ours. */
const undisturbed = ['--disable-config-file', '--disable-config-env'];

type Ask = (args: readonly string[]) => Promise<ToolResult>;

function askTemporal(executable: string, address: string, args: readonly string[]): Promise<ToolResult> {
  return runTool({
    command: executable,
    args: [...args, '--address', address, '--output', 'json', '--command-timeout', '5s', ...undisturbed],
    timeoutMs: 10_000,
  });
}

async function temporalProbe(ask: Ask, address: string): Promise<Probe> {
  try {
    const result = await ask(['operator', 'cluster', 'system']);
    if (result.status !== 0) return { ready: false, why: `${address}: ${firstLine(result)}` };
    const { serverVersion } = JSON.parse(result.stdout) as { serverVersion: string };
    const health = await ask(['operator', 'cluster', 'health']);
    if (!health.stdout.includes('SERVING')) return { ready: false, why: `${address}: ${firstLine(health)}` };
    return { ready: true, version: serverVersion };
  } catch (error) {
    return { ready: false, why: `${address}: ${describeError(error)}` };
  }
}

/** Registers the search attributes that are not there yet. Throws TEMPORAL_UNAVAILABLE. */
async function ensureSearchAttributes(ask: Ask, namespace: string): Promise<void> {
  const here = ['--namespace', namespace];
  const list = await ask(['operator', 'search-attribute', 'list', ...here]);
  if (list.status !== 0) throw unavailable(`cannot list search attributes of namespace ${namespace}`, list);
  const known = (JSON.parse(list.stdout) as { customAttributes?: Record<string, string> }).customAttributes ?? {};
  const missing = Object.entries(searchAttributes).filter(([name]) => known[name] === undefined);
  for (const [name, type] of missing) {
    const created = await ask(['operator', 'search-attribute', 'create', '--name', name, '--type', type, ...here]);
    if (created.status !== 0) throw unavailable(`cannot register search attribute ${name}`, created);
  }
}

function unavailable(what: string, result: ToolResult): SluiceError {
  return new SluiceError('TEMPORAL_UNAVAILABLE', `Temporal: ${what}: ${firstLine(result)}`, {
    cure: 'See `sluice doctor`.',
  });
}

function firstLine(result: ToolResult): string {
  return result.output.trim().split('\n')[0] ?? '';
}
