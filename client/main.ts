import { version } from '../package.json';
import { runCli } from './cli/run';
import { processTerminal } from './cli/terminal';

/** The `sluice` command. Runs when it is loaded (bin/sluice.cjs, bin/bootstrap.cjs). */
async function run(): Promise<void> {
  // A reader that went away (`sluice … | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const code = await runCli(process.argv.slice(2), processTerminal(), version);
  await flushed(process.stdout);
  await flushed(process.stderr);
  // Not by an empty event loop: a pooled connection of a library must not keep a finished command waiting.
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

void run();
