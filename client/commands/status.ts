import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { statusText } from '../status/status-text';
import { lazy } from '../lazy';
import { isSluiceError } from '../../base/errors';

interface StatusOptions {
  readonly servers: boolean;
}

export const statusCommand: DefineCommand = (program, run) => {
  const command = program
    .command('status')
    .summary('servers and pipelines: state, last batch, lag, watermark, what is in flight or held')
    .argument('[pipeline...]', 'names; all by default')
    .option('--no-servers', 'pipelines only')
    .action(
      run(async (context, names: readonly string[], { servers }: StatusOptions) => {
        const report = await lazy.status().readStatus({
          config: context.config,
          names,
          known: names.length > 0 ? [] : await knownNames(),
          withServers: servers,
        });
        context.result(report, () => statusText(report, context, Date.now()));
      }),
    );
  examples(command, ['sluice status', 'sluice status user-activity --no-servers', 'sluice status --json']);
};

/** Names from the pipeline files at hand. A file that is wrong is `apply`'s matter, not this command's. */
async function knownNames(): Promise<readonly string[]> {
  try {
    return (await lazy.findPipelines().findPipelines([])).map(({ pipeline }) => pipeline.name);
  } catch (error) {
    if (isSluiceError(error)) return [];
    throw error;
  }
}
