import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../stack/layout';

/**
 * Runs a script of the project as a process of its own, with a JSON document on its stdin; its stdout is another. Throws what the script
 * wrote to stderr when it fails, an AbortError when it is broken off.
 */
export async function runJsonScript<T>(script: string, request: unknown, signal?: AbortSignal): Promise<T> {
  const loader = path.join(projectRoot, 'bin', 'load-ts.cjs');
  const child = spawn(process.execPath, ['--require', loader, script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(JSON.stringify(request));
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (status !== 0) throw new Error(`${path.basename(script)} ended with ${status}:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as T;
}
