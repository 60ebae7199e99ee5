import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../stack/layout';

/** What Node needs to run a TypeScript file of the project: however this process was started itself. */
export const tsArgs: readonly string[] = ['--require', path.join(projectRoot, 'bin', 'load-ts.cjs')];

/** A script of the project as a process of its own; see runJson. */
export async function runJsonScript<T>(script: string, request: unknown, signal?: AbortSignal): Promise<T> {
  return runJson<T>(process.execPath, [...tsArgs, script], request, signal);
}

/**
 * Runs a program with a JSON document on its stdin; its stdout is another. The last of the arguments names it. Throws what it wrote to
 * stderr when it fails, an AbortError when it is broken off.
 */
export async function runJson<T>(
  command: string,
  args: readonly string[],
  request: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(JSON.stringify(request));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (status !== 0)
    throw new Error(`${path.basename(args.at(-1) ?? command)} ended with ${status}:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as T;
}
