/**
 * `npm run test:trino`: Trino reads what Sluice writes, and Sluice goes on where Trino wrote. Uses the servers of the environment when they
 * run, else a stack of its own with fresh data; Trino itself is always its own process on a port of its own, and ends with the run.
 * Last line: `N passed, N failed, N skipped`. Arguments go to Jest.
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import type { SluiceConfig } from '../../base/config';
import { describeError } from '../../base/errors';
import { down } from '../../stack/down';
import { freeOffset } from '../../stack/free-offset';
import { installParts } from '../../stack/install';
import { projectRoot } from '../../stack/layout';
import { jestNodeOptions } from '../../stack/node-options';
import { pyicebergPython } from '../../stack/part-paths';
import { progressPrinter } from '../../stack/print-progress';
import { runJest } from '../../stack/run-jest';
import { backendNames } from '../../stack/server-spec';
import { stackSettings } from '../../stack/settings';
import { status } from '../../stack/status';
import { countsLine, noTests } from '../../stack/test-counts';
import type { TestCounts } from '../../stack/test-counts';
import { clearHome, withTestHome } from '../../stack/test-place';
import { up } from '../../stack/up';
import { installTrino } from './server/install-trino';
import { startTrino } from './server/trino-server';

const help = `Usage: npm run test:trino [-- <arguments of Jest>]

Runs Trino 476 against tables of Sluice and the other way round. Fetches Trino at the first run (821 MB, by Maven).
  SLUICE_TRINO_JAVA_HOME  a JDK of version 24 or newer, where the system's own are older
`;

async function main(jestArgs: readonly string[]): Promise<void> {
  if (jestArgs.includes('--help')) return void process.stdout.write(help);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const counts = await withTestHome((home) => runIn(home, jestArgs, stop.signal));
  process.exitCode = counts.failed > 0 || counts.passed === 0 || stop.signal.aborted ? 1 : 0;
  process.stdout.write(`${countsLine(counts)}\n`);
}

async function runIn(home: string, jestArgs: readonly string[], signal: AbortSignal): Promise<TestCounts> {
  clearHome(home);
  mkdirSync(home, { recursive: true });
  const settings = stackSettings();
  const installDirectory = path.resolve(settings.installDirectory ?? path.join(projectRoot, '.sluice', 'stack'));
  const printer = progressPrinter(process.stdout);
  const { onProgress } = printer;
  let own: SluiceConfig | undefined;
  try {
    await installParts({ installDirectory, parts: ['pyiceberg'], onProgress, signal });
    const installed = await installTrino(installDirectory, say);
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_OPTIONS: jestNodeOptions(),
      SLUICE_STACK_DIR: installDirectory,
      SLUICE_PYICEBERG_PYTHON: pyicebergPython(installDirectory),
    };
    if (!(await allRun())) {
      Object.assign(env, { SLUICE_HOME: home, SLUICE_PORT_OFFSET: String(await freeOffset()) });
      own = loadConfig(env);
      await up({ config: own, settings: { ...settings, installDirectory }, only: backendNames, onProgress, signal });
    }
    printer.close();
    say(own === undefined ? 'The servers of the environment are used.' : 'A stack of its own runs.');
    say('Starting Trino …');
    const server = await startTrino({
      installed,
      directory: path.join(home, 'trino'),
      config: loadConfig(env),
      signal,
    });
    try {
      const args = [
        `--roots=${__dirname}`,
        '--testMatch=**/*.trino.ts',
        '--runInBand',
        '--testTimeout=300000',
        ...jestArgs,
      ];
      const reportFile = path.join(home, 'trino.json');
      return await runJest({ args, env: { ...env, SLUICE_TRINO_URL: server.url }, reportFile, signal });
    } finally {
      await server.stop();
    }
  } catch (error) {
    say(describeError(error));
    return { ...noTests, failed: 1 };
  } finally {
    printer.close();
    if (own !== undefined) {
      await down({ config: own, settings: { ...settings, installDirectory }, onProgress });
      printer.close();
      rmSync(path.join(home, 'data'), { recursive: true, force: true });
    }
  }
}

async function allRun(): Promise<boolean> {
  const states = await status({ config: loadConfig(), only: backendNames });
  return states.every(({ state }) => state === 'running' || state === 'external');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(`${describeError(error)}\n${countsLine({ ...noTests, failed: 1 })}`);
  process.exitCode = 1;
});
