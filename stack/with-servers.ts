/**
 * A program that needs the servers, for who has just cloned the project: starts those that do not run yet (they stay), then goes on in this
 * process with the program as if it had been started alone. What the servers say goes to stderr: stdout is the program's.
 *   node bin/bootstrap.cjs with-servers bench/race/run.ts --seconds 30
 */
import path from 'node:path';
import { loadConfig } from '../base/config';
import { describeError } from '../base/errors';
import { projectRoot } from './layout';
import { progressPrinter } from './print-progress';
import { backendNames } from './server-spec';
import { up } from './up';

async function main([program, ...args]: readonly string[]): Promise<void> {
  if (program === undefined) throw new Error('with-servers: expected a program, found nothing');
  if (!args.includes('--help')) await startServers();
  const file = path.join(projectRoot, program);
  process.argv = [process.argv[0]!, file, ...args];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- chosen by the command line
  require(file);
}

async function startServers(): Promise<void> {
  const { onProgress, close } = progressPrinter(process.stderr);
  try {
    const servers = await up({ config: loadConfig(), only: backendNames, onProgress });
    const started = servers.filter(({ outcome }) => outcome === 'started').map(({ title }) => title);
    if (started.length > 0) process.stderr.write(`${started.join(', ')} run now, until: sluice down\n`);
  } finally {
    close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 1;
});
