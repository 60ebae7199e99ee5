import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

export const refsCommand: DefineCommand = (program, run) => {
  const command = program
    .command('refs')
    .summary('branches and tags of the catalog; batch.* are batches that are not on main yet')
    .action(
      run(async (context) => {
        const refs = await lazy.history().readRefs(context.config);
        context.result({ refs }, () => lazy.historyText().refsText(refs, undefined, context));
      }),
    );
  examples(command, ['sluice refs', 'sluice refs --json']);
};
