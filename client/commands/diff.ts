import { parseTableName } from '../../base/table-name';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface DiffOptions {
  readonly table?: string;
  readonly limit: number;
}

export const diffCommand: DefineCommand = (program, run) => {
  const command = program
    .command('diff')
    .summary('what changed between two states of the lake: tables, files, rows, columns')
    .description(
      'Compares two states by their metadata and manifests: rows are those of added and removed files, so a rewritten file counts on both sides.',
    )
    .argument('<from>', 'branch, tag, hash, time, batch:PIPELINE/N, or ~N behind one of them')
    .argument('[to]', 'the same; main by default')
    .option('--table <name>', 'only this table, with its files')
    .option('--limit <n>', 'so many files at most', positiveNumber, 100)
    .action(
      run(async (context, from: string, to: string | undefined, { table, limit }: DiffOptions) => {
        const answer = await lazy.history().readDiff(context.config, {
          ...{ from, limit },
          ...(to === undefined ? {} : { to }),
          ...(table === undefined ? {} : { table: parseTableName(table) }),
        });
        context.result(answer, () => lazy.historyText().diffText(answer, context));
      }),
    );
  examples(command, [
    'sluice diff main~1',
    'sluice diff before-migration main',
    'sluice diff main@-2h',
    'sluice diff main batch.user-activity.12 --table public.user_events',
  ]);
};
