import { formatDuration } from '../cli/format';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { stackProgress } from '../cli/stack-progress';
import { lazy } from '../lazy';
import { serverArguments } from '../stack/server-arguments';

interface UpOptions {
  readonly docker?: boolean;
}

export const upCommand: DefineCommand = (program, run) => {
  const command = program
    .command('up')
    .summary('start the servers that do not run yet')
    .description(
      'Starts Kafka, the S3 store, Nessie, Temporal, the router and a worker on this machine, installing what is missing, and waits until all are ready.',
    )
    .argument('[server...]', 'kafka, s3, nessie, temporal, router, worker; all by default')
    .option('--docker', 'as containers of docker-compose.yml')
    .action(
      run(async (context, servers: readonly string[], { docker = false }: UpOptions) => {
        const { config, terminal } = context;
        const only = serverArguments(servers);
        const started = await stackProgress(terminal, (onProgress, signal) =>
          lazy.up().up({ config, docker, onProgress, signal, ...(only ? { only } : {}) }),
        );
        const stale = docker ? [] : await lazy.stale().staleProcesses(config);
        if (stale.length > 0)
          context.say(`${stale.join(' and ')} run older code; to restart: sluice down ${stale.join(' ')} && sluice up`);
        context.result({ servers: started, stale }, () =>
          context.table(
            ['SERVER', '', 'ADDRESS', { title: 'TOOK', align: 'right' }],
            started.map(({ name, outcome, address, elapsedMs }) => [name, outcome, address, formatDuration(elapsedMs)]),
          ),
        );
      }),
    );
  examples(command, ['sluice up', 'sluice up worker', 'sluice --port-offset 2000 --home /tmp/second up']);
};
