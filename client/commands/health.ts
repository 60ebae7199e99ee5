import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

export const healthCommand: DefineCommand = (program, run) => {
  const command = program
    .command('health')
    .summary('how tables stand: files, manifests, snapshots, and what to do')
    .description(
      'Tells from manifests alone, without opening a data file: how many files are small, files in each partition (least / median / most), manifests (and how many a query for one partition opens), snapshots, size of the metadata that every commit writes, age of the last compaction; then what to do, with the command.',
    )
    .argument('[what...]', 'pipelines (names or files) and tables (namespace.name); all pipelines by default')
    .action(
      run(async (context, wanted: readonly string[]) => {
        const tables = await lazy.health().readHealth(context.config, wanted);
        context.result({ tables }, () => lazy.healthText().healthText(tables, context, Date.now()));
      }),
    );
  examples(command, ['sluice health', 'sluice health public.user_events', 'sluice health user-activity --json']);
};
