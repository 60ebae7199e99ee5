import { userInfo } from 'node:os';
import { askYes } from '../cli/ask';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface ApplyOptions {
  readonly createTopics?: boolean;
  readonly partitions: number;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const applyCommand: DefineCommand = (program, run) => {
  const command = program
    .command('apply')
    .summary('make tables what pipeline files say: create them, change them')
    .description(
      'Checks pipeline files, creates the tables that are missing and changes those that stand there: shows first what will be done, and asks before it changes a table. Nothing is done when anything cannot be. A pipeline that runs takes its new file up between two batches.',
    )
    .argument('<pipeline...>', 'files, or names of files in pipelines/')
    .option('--create-topics', 'also create topics that do not exist')
    .option('--partitions <n>', 'of topics that are created', positiveNumber, 4)
    .option('--by <name>', 'who changes tables; the login name by default')
    .option('--dry-run', 'say what would be done, do nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (context, wanted: readonly string[], options: ApplyOptions) => {
        const found = await lazy.findPipelines().findPipelines(wanted);
        const { planText, applyDocument, doneText } = lazy.applyText();
        const createTopics = options.createTopics ? options.partitions : undefined;
        let refused = false;
        const result = await lazy.apply().applyPipelines({
          config: context.config,
          pipelines: found.map(({ pipeline }) => pipeline),
          files: new Map(found.map(({ pipeline, file }) => [pipeline.name, file])),
          by: options.by ?? userInfo().username,
          dryRun: options.dryRun ?? false,
          ...(createTopics === undefined ? {} : { createTopics }),
          onPlan: (plan) => {
            if (!context.json) context.terminal.stdout.write(`${planText({ ...plan, createTopics }, context)}\n`);
          },
          agree: async () => {
            const agreed = options.yes === true || (await askYes(context, 'Change what stands there?'));
            refused = !agreed;
            return agreed;
          },
          onWait: (pipeline, waitedMs) =>
            context.say(
              `${pipeline} finishes the batches in flight, ${Math.round(waitedMs / 1000)} s so far (a held one waits for you: sluice batches)`,
            ),
        });
        context.result(applyDocument(result), () => {
          if (options.dryRun) return 'Dry run: nothing was changed.';
          return refused ? 'Nothing was changed.' : doneText(result);
        });
        return refused ? exitCodes.failed : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice apply pipelines/user-activity.yaml',
    'sluice apply my.yaml --create-topics --partitions 12',
    'sluice apply my.yaml --dry-run --json',
    'sluice apply my.yaml --yes',
  ]);
};
