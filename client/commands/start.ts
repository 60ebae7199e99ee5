import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { workflowUrl } from '../temporal/temporal-ui';
import { lazy } from '../lazy';

export const startCommand: DefineCommand = (program, run) => {
  const command = program
    .command('start')
    .summary('start pipelines and their upkeep')
    .description(
      'Starts the workflows of pipelines whose topics and tables exist; they go on where the lake stands. Also creates the schedules of upkeep: compaction, expiry, manifests and retention of each pipeline, sweep and clean-branches of the lake. Times that were set by `sluice schedules` stay.',
    )
    .argument('[pipeline...]', 'files or names; all of pipelines/ by default')
    .action(
      run(async (context, wanted: readonly string[]) => {
        const pipelines = await lazy.findOrRecorded().findOrRecorded(context.config, wanted);
        const started = await lazy.start().startPipelines({ config: context.config, pipelines, running: 'refuse' });
        context.result({ started }, () =>
          started
            .map(({ pipeline, workflowId }) => `started ${pipeline}  ${workflowUrl(context.config, workflowId)}`)
            .join('\n'),
        );
      }),
    );
  examples(command, ['sluice start', 'sluice start user-activity', 'sluice start my.yaml --json']);
};
