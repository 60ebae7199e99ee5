import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { durationMs, positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface ExpireOptions {
  readonly olderThan?: number;
  readonly keepLast?: number;
  readonly atMost?: number;
  readonly dryRun?: boolean;
}

export const expireCommand: DefineCommand = (program, run) => {
  const command = program
    .command('expire')
    .summary('take old snapshots out of the metadata of tables now')
    .description(
      "Takes snapshots past retention out of the tables' metadata on main, one commit per table. Tags, branches and older commits of the catalog keep theirs, and no file is deleted. By default the retention of the table's properties, else of the pipeline file, else 7 days.",
    )
    .argument('[what...]', 'pipelines (names or files) and tables (namespace.name); all pipelines by default')
    .option('--older-than <duration>', 'snapshots younger than this stay', durationMs)
    .option('--keep-last <n>', 'so many of the newest stay, however old', positiveNumber)
    .option('--at-most <n>', 'so many stay at most by age', positiveNumber)
    .option('--dry-run', 'say which snapshots go, which stay and why; change nothing')
    .action(
      run(async (context, wanted: readonly string[], options: ExpireOptions) => {
        const overrides = {
          ...(options.olderThan === undefined ? {} : { snapshotsMs: options.olderThan }),
          ...(options.keepLast === undefined ? {} : { minSnapshots: options.keepLast }),
          ...(options.atMost === undefined ? {} : { maxSnapshots: options.atMost }),
        };
        const input = { config: context.config, wanted, overrides };
        if (options.dryRun) {
          const tables = await lazy.expire().planExpire(input);
          context.result({ dryRun: true, tables }, () => lazy.expireText().expiryPlanText(tables, context));
          return exitCodes.ok;
        }
        const follow = {
          onProgress: (line: string) => context.say(`  ${line}`),
          signal: context.terminal.interrupted(),
        };
        const tables = await lazy.expire().runExpire(input, follow);
        context.result({ tables }, () => lazy.expireText().expiryResultText(tables, context));
        return tables.some(({ outcome }) => outcome === 'yielded') ? exitCodes.failed : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice expire --dry-run',
    'sluice expire user-activity',
    'sluice expire db.user_activity --older-than 1d --keep-last 1',
    'sluice expire user-activity --json',
  ]);
};
