import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './layout';
import { countsOf } from './test-counts';
import type { JestReport, TestCounts } from './test-counts';
import { runTool } from './tools';

const jest = path.join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');

/** Jest may wait for ever for a handle that a test left open, long after its report is written. */
const lingerMs = 10_000;

export interface JestRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly reportFile: string;
  readonly signal: AbortSignal;
}

/** Runs Jest with its output on ours, and counts its tests. An abort ends it; what it had not reported counts as a failure. */
export async function runJest(run: JestRun): Promise<TestCounts> {
  rmSync(run.reportFile, { force: true });
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${run.reportFile}`, ...run.args], {
    cwd: projectRoot,
    env: run.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let reportedAtMs: number | undefined;
  let lingers = false;
  const end = () => void child.kill('SIGTERM');
  run.signal.addEventListener('abort', end, { once: true });
  if (run.signal.aborted) end();
  const watch = setInterval(() => {
    if (existsSync(run.reportFile)) reportedAtMs ??= Date.now();
    lingers = reportedAtMs !== undefined && Date.now() - reportedAtMs > lingerMs;
    if (lingers || run.signal.aborted) child.kill(lingers ? 'SIGKILL' : 'SIGTERM');
  }, 1000);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (lingers)
      process.stdout.write(
        'Jest did not end by itself after its last test and was ended: a test left something open.\n',
      );
    const report = existsSync(run.reportFile)
      ? (JSON.parse(readFileSync(run.reportFile, 'utf8')) as JestReport)
      : undefined;
    return countsOf(report, lingers ? 0 : status);
  } finally {
    clearInterval(watch);
    run.signal.removeEventListener('abort', end);
  }
}

/** Test files that a run with these arguments would take. */
export async function listTests(args: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const result = await runTool({
    command: process.execPath,
    args: [jest, '--listTests', ...args],
    env,
    cwd: projectRoot,
  });
  return result.stdout.split('\n').filter((line) => line.endsWith('.test.ts'));
}
