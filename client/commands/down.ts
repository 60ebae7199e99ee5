import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { formatDuration } from '../cli/format';
import { stackProgress } from '../cli/stack-progress';
import { lazy } from '../lazy';
import { serverArguments } from '../stack/server-arguments';

interface DownOptions {
  readonly wipe?: boolean;
  readonly docker?: boolean;
}

export const downCommand: DefineCommand = (program, run) => {
  const command = program
    .command('down')
    .summary('stop the servers that `sluice up` started')
    .description('Stops the servers of this stack, worker and router first. Data stays, unless --wipe is given.')
    .argument('[server...]', 'kafka, s3, nessie, temporal, router, worker; all by default')
    .option('--wipe', 'also remove the data of the stopped servers: tables, topics and histories are gone then')
    .option('--docker', 'the containers of docker-compose.yml')
    .action(
      run(async (context, servers: readonly string[], { wipe = false, docker = false }: DownOptions) => {
        const only = serverArguments(servers);
        const stopped = await stackProgress(context.terminal, (onProgress) =>
          lazy.down().down({ config: context.config, wipe, docker, onProgress, ...(only ? { only } : {}) }),
        );
        context.result({ servers: stopped }, () =>
          context.table(
            ['SERVER', '', { title: 'TOOK', align: 'right' }],
            stopped.map(({ name, outcome, elapsedMs }) => [name, outcome, formatDuration(elapsedMs)]),
          ),
        );
      }),
    );
  examples(command, ['sluice down', 'sluice down worker router', 'sluice down --wipe']);
};
