import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SluiceError, describeError } from '../base/errors';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of standard output and standard error. */
  readonly onLine?: (line: string) => void;
}

export interface ToolResult {
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams as they came, for error messages. */
  readonly output: string;
}

/**
 * Runs a program to its end. A missing program throws ENOENT as node does, one that is broken off (signal, time limit) an AbortError; any exit
 * status is a result.
 */
export function runTool(run: ToolRun): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, run.args, {
      cwd: run.cwd,
      env: run.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: endSignal(run),
    });
    const stdout: string[] = [];
    const output: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout.push(line);
      output.push(line);
      run.onLine?.(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      output.push(line);
      run.onLine?.(line);
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout: stdout.join('\n'), output: output.join('\n') }));
  });
}

/** In place of spawn's own `timeout`, whose timer keeps the process alive when the program is not there. */
function endSignal(run: ToolRun): AbortSignal | undefined {
  if (run.timeoutMs === undefined) return run.signal;
  const timeout = AbortSignal.timeout(run.timeoutMs);
  return run.signal === undefined ? timeout : AbortSignal.any([timeout, run.signal]);
}

export interface ToolFound {
  readonly version: string;
}

/** Python 3.9 or newer with pip. Throws MISSING_TOOL with the cure. */
export async function requirePython(signal?: AbortSignal): Promise<ToolFound> {
  const python = await versionOf('python3', ['--version'], signal);
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(python ?? '') ?? []).slice(1).map(Number);
  if (python === undefined || major !== 3 || minor < 9) {
    throw new SluiceError(
      'MISSING_TOOL',
      `Python 3.9 or newer is needed to install the servers; found ${python ?? 'no python3 on the PATH'}`,
      {
        cure: 'Install it (Debian, Ubuntu: apt install python3 python3-pip; macOS: brew install python).',
      },
    );
  }
  const pip = await versionOf('python3', ['-m', 'pip', '--version'], signal);
  if (pip === undefined) {
    throw new SluiceError('MISSING_TOOL', 'python3 is there, but it has no pip, which installs the servers', {
      cure: 'Install pip (Debian, Ubuntu: apt install python3-pip; elsewhere: python3 -m ensurepip --user).',
    });
  }
  return { version: `${python}, ${pip.split(' from ')[0]}` };
}

/** Maven 3.6 or newer. `env` may carry JAVA_HOME. Throws MISSING_TOOL with the cure. */
export async function requireMaven(env?: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<ToolFound> {
  const result = await tryTool({ command: 'mvn', args: ['--version'], signal, ...(env === undefined ? {} : { env }) });
  const version = /Apache Maven \d[\w.-]*/.exec(result?.output ?? '')?.[0];
  if (version !== undefined) return { version };
  const found = result === undefined ? 'no mvn on the PATH' : `an mvn that fails: ${result.output.split('\n')[0]}`;
  throw new SluiceError('MISSING_TOOL', `Maven is needed to install Kafka and Nessie; found ${found}`, {
    cure: 'Install it (Debian, Ubuntu: apt install maven; macOS: brew install maven).',
  });
}

async function versionOf(command: string, args: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  const result = await tryTool({ command, args, signal });
  return result?.status === 0 ? result.output.trim().split('\n')[0] : undefined;
}

async function tryTool(run: ToolRun): Promise<ToolResult | undefined> {
  try {
    return await runTool({ timeoutMs: 60_000, ...run });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (run.signal?.aborted) throw error;
    throw new SluiceError('MISSING_TOOL', `${run.command} could not be run: ${describeError(error)}`, { cause: error });
  }
}
