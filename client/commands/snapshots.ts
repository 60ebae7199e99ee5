import { parseTableName } from '../../base/table-name';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface TableOptions {
  readonly at?: string;
  readonly limit: number;
}

export const snapshotsCommand: DefineCommand = (program, run) => {
  const command = program
    .command('snapshots')
    .summary('states of one table that its metadata lists, newest first')
    .argument('<table>', 'namespace.name')
    .option('--at <ref>', 'branch, tag, hash or time; main by default')
    .option('--limit <n>', 'so many at most', positiveNumber, 20)
    .action(
      run(async (context, table: string, { at, limit }: TableOptions) => {
        const { hash, snapshots } = await lazy.history().readSnapshots(context.config, tableAt(table, at));
        context.result({ table, hash, total: snapshots.length, snapshots: snapshots.slice(0, limit) }, () =>
          lazy.historyText().snapshotsText(snapshots, limit, context),
        );
      }),
    );
  examples(command, ['sluice snapshots public.user_events', 'sluice snapshots db.user_activity --at -2h --json']);
};

export const historyCommand: DefineCommand = (program, run) => {
  const command = program
    .command('history')
    .summary('when which snapshot of a table became the current one, newest first')
    .description(
      'The table’s own log, as Trino’s "$history" shows it. `sluice log --table NAME` has the commits of the catalog.',
    )
    .argument('<table>', 'namespace.name')
    .option('--at <ref>', 'branch, tag, hash or time; main by default')
    .option('--limit <n>', 'so many at most', positiveNumber, 20)
    .action(
      run(async (context, table: string, { at, limit }: TableOptions) => {
        const { hash, history } = await lazy.history().readHistory(context.config, tableAt(table, at));
        context.result({ table, hash, total: history.length, history: history.slice(0, limit) }, () =>
          lazy.historyText().historyText(history, limit, context),
        );
      }),
    );
  examples(command, ['sluice history public.user_events', 'sluice history public.user_events --limit 100 --json']);
};

function tableAt(table: string, at: string | undefined) {
  return { table: parseTableName(table), ...(at === undefined ? {} : { ref: at }) };
}
