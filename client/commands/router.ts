import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

export const routerCommand: DefineCommand = (program, run) => {
  const command = program
    .command('router')
    .summary('run the router in the foreground')
    .description('Answers SQL over HTTP until TERM or Ctrl-C. `sluice up` runs one in the background.')
    .action(
      run(async () => {
        // It runs when it is loaded, has handlers of its own for TERM and Ctrl-C, and ends the process.
        lazy.router();
        await new Promise<never>(() => undefined);
      }),
    );
  examples(command, ['sluice router', 'SLUICE_ROUTER_PORT=8001 sluice router']);
};
