/**
 * `npm test`: installs what is missing, starts a stack of its own with fresh data, runs the suites, stops all it started, and prints as its
 * last line `N passed, N failed, N skipped`. Arguments go to Jest: `npm test -- lake`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../base/config';
import { describeError, isSluiceError } from '../base/errors';
import { down } from './down';
import { freeOffset } from './free-offset';
import { installParts } from './install';
import { projectRoot } from './layout';
import { endMarkedProcesses, markName } from './marked-processes';
import { jestNodeOptions } from './node-options';
import { pyicebergPython } from './part-paths';
import { progressPrinter } from './print-progress';
import { listTests, runJest } from './run-jest';
import { backendNames } from './server-spec';
import { stackSettings } from './settings';
import { addCounts, countsLine, noTests } from './test-counts';
import type { TestCounts } from './test-counts';
import { clearHome, withTestHome } from './test-place';
import { up } from './up';
import { partNames } from './versions';

const timeLimitMinutes = 60;
const unitArgs = ['--testPathIgnorePatterns=/test/real/', `--maxWorkers=${Math.max(1, availableParallelism())}`];
const realArgs = [`--roots=${path.join(projectRoot, 'test', 'real')}`, '--runInBand'];

async function main(jestArgs: readonly string[]): Promise<void> {
  const stop = new AbortController();
  process.stdout.on('error', () => undefined); // a closed terminal must not keep us from stopping the servers
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) say(`\n${signal}: stopping what was started …`);
      stop.abort();
    });
  }
  const limit = setTimeout(() => {
    say(`\nThe run took longer than ${timeLimitMinutes} minutes and is stopped.`);
    stop.abort();
  }, timeLimitMinutes * 60_000);
  const counts = await withTestHome((home) => runIn(home, jestArgs, stop.signal));
  clearTimeout(limit);
  process.exitCode = counts.failed > 0 || stop.signal.aborted ? 1 : 0;
  process.stdout.write(`${countsLine(counts)}\n`);
}

async function runIn(home: string, jestArgs: readonly string[], signal: AbortSignal): Promise<TestCounts> {
  let counts = noTests;
  const settings = stackSettings();
  const installDirectory = path.resolve(settings.installDirectory ?? path.join(projectRoot, '.sluice', 'stack'));
  const printer = progressPrinter(process.stdout);
  const { onProgress } = printer;
  // Of a run that was killed: its servers hold memory and perhaps the ports.
  await endMarkedProcesses(home);
  const env = testEnv({ home, installDirectory, portOffset: await freeOffset() });
  const config = loadConfig(env);
  const stackOptions = { config, settings: { ...settings, installDirectory }, onProgress };
  await down(stackOptions); // where the mark cannot be seen, the pid files still tell
  clearHome(home);
  const jest = (phase: string, args: readonly string[]) => {
    mkdirSync(home, { recursive: true });
    return runJest({
      args: ['--passWithNoTests', ...args, ...jestArgs],
      env,
      reportFile: path.join(home, `${phase}.json`),
      signal,
    });
  };
  // `up` hands our own environment to the servers: the mark must be in it, for the sweep at the end.
  Object.assign(process.env, { [markName]: home });
  try {
    await installParts({ installDirectory, parts: partNames, onProgress, signal });
    printer.close();
    say('Unit tests');
    counts = addCounts(counts, await jest('unit', unitArgs));
    if (!signal.aborted && (await listTests([...realArgs, ...jestArgs], env)).length > 0) {
      say(
        `\nStarting a stack for the tests on real servers (ports +${config.portOffset}, ${path.relative(projectRoot, home)})`,
      );
      await up({ ...stackOptions, only: backendNames, signal });
      printer.close();
      say('\nTests on real servers');
      counts = addCounts(counts, await jest('real', realArgs));
    }
  } catch (error) {
    printer.close();
    if (!signal.aborted) say(failureText(error));
    counts = addCounts(counts, { ...noTests, failed: 1 });
  } finally {
    await down(stackOptions);
    printer.close();
    const left = await endMarkedProcesses(home);
    if (left.length > 0) say(`Ended processes that tests had left running: ${left.join(', ')}`);
  }
  // Logs and reports stay; data only when something failed and wants looking at.
  if (counts.failed === 0) rmSync(path.join(home, 'data'), { recursive: true, force: true });
  return counts;
}

/** The tests' environment: settings of the user's that name other servers must not lead tests there. */
function testEnv(place: {
  readonly home: string;
  readonly installDirectory: string;
  readonly portOffset: number;
}): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_'));
  return {
    ...Object.fromEntries(others),
    NODE_OPTIONS: jestNodeOptions(),
    SLUICE_HOME: place.home,
    SLUICE_STACK_DIR: place.installDirectory,
    SLUICE_PORT_OFFSET: String(place.portOffset),
    SLUICE_PYICEBERG_PYTHON: pyicebergPython(place.installDirectory),
    [markName]: place.home,
  };
}

function failureText(error: unknown): string {
  const cure = isSluiceError(error) && error.cure !== undefined ? `\n${error.cure}` : '';
  return `\n${describeError(error)}${cure}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(`${failureText(error)}\n${countsLine({ ...noTests, failed: 1 })}`);
  process.exitCode = 1;
});
