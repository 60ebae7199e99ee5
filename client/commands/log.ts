import { parseTableName } from '../../base/table-name';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { positiveNumber, timeMs } from '../cli/options';
import { lazy } from '../lazy';

interface LogOptions {
  readonly at?: string;
  readonly limit: number;
  readonly table?: string;
  readonly pipeline?: string;
  readonly since?: number;
}

export const logCommand: DefineCommand = (program, run) => {
  const command = program
    .command('log')
    .summary('commits of the catalog, newest first: each is a state that `query --at` can read')
    .argument('[ref]', 'branch, tag, hash or time to begin at; main by default')
    .option('--at <ref>', 'the same as the argument')
    .option('--limit <n>', 'so many at most', positiveNumber, 20)
    .option('--table <name>', 'only commits that change this table')
    .option('--pipeline <name>', 'only batches of this pipeline')
    .option('--since <time>', 'only commits made since: 2026-01-01T12:00:00Z, or -2h', (text) => timeMs(text))
    .action(
      run(async (context, ref: string | undefined, { at, limit, table, pipeline, since }: LogOptions) => {
        const start = ref ?? at;
        const answer = await lazy.history().readLog(context.config, {
          limit,
          ...(start === undefined ? {} : { ref: start }),
          ...(table === undefined ? {} : { table: parseTableName(table) }),
          ...(pipeline === undefined ? {} : { pipeline }),
          ...(since === undefined ? {} : { sinceMs: since }),
        });
        context.result(answer, () => lazy.historyText().logText(answer, context));
      }),
    );
  examples(command, [
    'sluice log',
    'sluice log --pipeline user-activity --since -2h',
    'sluice log --table public.user_events --limit 100 --json',
    'sluice log before-migration',
  ]);
};
