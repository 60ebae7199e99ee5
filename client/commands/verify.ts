import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { verifyText } from '../cli/verify-text';
import { lazy } from '../lazy';

interface VerifyOptions {
  readonly at?: string;
}

export const verifyCommand: DefineCommand = (program, run) => {
  const command = program
    .command('verify')
    .summary('prove from the tables alone that every event is there exactly once')
    .description(
      'Checks at one commit: offset ranges tile, counts agree, nothing is doubled, values are as they were read, late rows are accounted for, the watermark advances, windows follow from the raw rows, commits are whole. Exit status 1 when anything is not so.',
    )
    .argument('[pipeline...]', 'names; all that have published by default')
    .option('--at <ref>', 'branch, tag, hash or time; main by default')
    .action(
      run(async (context, names: readonly string[], { at }: VerifyOptions) => {
        const report = await lazy.verify().verifyPipelines({
          config: context.config,
          names,
          onProgress: ({ pipeline, step }) => context.say(`  ${pipeline}: ${step}`),
          ...(at === undefined ? {} : { ref: at }),
        });
        context.result(report, () => verifyText(report, context));
        return report.ok ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, ['sluice verify', 'sluice verify user-activity --json', 'sluice verify --at release-1']);
};
