import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

export const workerCommand: DefineCommand = (program, run) => {
  const command = program
    .command('worker')
    .summary('run a worker in the foreground')
    .description(
      'Runs workflows and activities of all pipelines until TERM or Ctrl-C, then finishes what is under way. `sluice up` runs one in the background.',
    )
    .action(
      run(async () => {
        // It runs when it is loaded, has handlers of its own for TERM and Ctrl-C, and ends the process.
        lazy.worker();
        await new Promise<never>(() => undefined);
      }),
    );
  examples(command, ['sluice worker', 'SLUICE_WORKER_PORT=9465 sluice worker']);
};
