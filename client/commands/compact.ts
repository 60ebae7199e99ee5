import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface CompactOptions {
  readonly minFiles?: number;
  readonly targetMb?: number;
  readonly sort?: boolean;
  readonly dryRun?: boolean;
}

export const compactCommand: DefineCommand = (program, run) => {
  const command = program
    .command('compact')
    .summary('merge small files, and apply row deletes, now')
    .description(
      'Merges small files of a partition into large ones and rewrites files that row deletes apply to. Column chunks are copied as they are where nothing but the number of files is wrong; else rows are decoded, compared and encoded again. Batches go on meanwhile and have the right of way.',
    )
    .argument('[what...]', 'pipelines (names or files) and tables (namespace.name); all pipelines by default')
    .option('--min-files <n>', 'partitions with fewer small files are left alone (default 5)', positiveNumber)
    .option(
      '--target-mb <n>',
      "size of a good file in MiB (default: the table's write.target-file-size-bytes, else 512)",
      positiveNumber,
    )
    .option('--sort', 'sort rows by the table’s sort order, and rewrite every file that is not sorted yet')
    .option('--dry-run', 'say what would be rewritten and why; change nothing')
    .action(
      run(async (context, wanted: readonly string[], { minFiles, targetMb, sort, dryRun }: CompactOptions) => {
        const options = {
          ...(minFiles === undefined ? {} : { minFiles }),
          ...(targetMb === undefined ? {} : { targetBytes: targetMb * 1024 ** 2 }),
          ...(sort ? { sort } : {}),
        };
        const input = { config: context.config, wanted, options };
        if (dryRun) {
          const tables = await lazy.compact().planCompact(input);
          context.result({ dryRun: true, tables }, () => lazy.compactText().compactionPlanText(tables, context));
          return exitCodes.ok;
        }
        const follow = {
          onProgress: (line: string) => context.say(`  ${line}`),
          signal: context.terminal.interrupted(),
        };
        const tables = await lazy.compact().runCompact(input, follow);
        context.result({ tables }, () => lazy.compactText().compactionResultText(tables, context));
        return tables.some(({ outcome }) => outcome === 'yielded') ? exitCodes.failed : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice compact --dry-run',
    'sluice compact user-activity',
    'sluice compact public.user_events --min-files 2 --target-mb 128',
    'sluice compact public.user_events --sort --json',
  ]);
};
