import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { plural } from '../cli/format';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface ApplyOptions {
  readonly createTopics?: boolean;
  readonly partitions: number;
  readonly dryRun?: boolean;
}

export const applyCommand: DefineCommand = (program, run) => {
  const command = program
    .command('apply')
    .summary('check pipeline files and create their tables')
    .description(
      'Checks pipeline files and creates the tables that are missing, all in one commit. Nothing is changed when anything is wrong; a table that stands there and differs is refused.',
    )
    .argument('<pipeline...>', 'files, or names of files in pipelines/')
    .option('--create-topics', 'also create topics that do not exist')
    .option('--partitions <n>', 'of topics that are created', positiveNumber, 4)
    .option('--dry-run', 'say what would be done, do nothing')
    .action(
      run(async (context, wanted: readonly string[], options: ApplyOptions) => {
        const pipelines = (await lazy.findPipelines().findPipelines(wanted)).map(({ pipeline }) => pipeline);
        const { planText, applyDocument } = lazy.applyText();
        const createTopics = options.createTopics ? options.partitions : undefined;
        const result = await lazy.apply().applyPipelines({
          config: context.config,
          pipelines,
          dryRun: options.dryRun ?? false,
          ...(createTopics === undefined ? {} : { createTopics }),
          onPlan: (plans, topics) => {
            if (!context.json) context.terminal.stdout.write(`${planText({ plans, topics, createTopics }, context)}\n`);
          },
        });
        const { createdTopics, createdTables, hash } = result;
        context.result(applyDocument(result), () => {
          if (options.dryRun) return 'Dry run: nothing was changed.';
          const topics = createdTopics.length === 0 ? '' : `Created ${plural(createdTopics.length, 'topic')}. `;
          return createdTables.length === 0
            ? `${topics}No table to create.`
            : `${topics}Created ${plural(createdTables.length, 'table')} in one commit, ${hash?.slice(0, 12)}.`;
        });
      }),
    );
  examples(command, [
    'sluice apply pipelines/user-activity.yaml',
    'sluice apply my.yaml --create-topics --partitions 12',
    'sluice apply my.yaml --dry-run --json',
  ]);
};
