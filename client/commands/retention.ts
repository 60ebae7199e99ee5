import type { TableDrop } from '../../lake/retention/drop-rows';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { exitCodes } from '../cli/exit-codes';
import { formatBytes, formatCount, formatTime, plural } from '../cli/format';
import { lazy } from '../lazy';

export const retentionCommand: DefineCommand = (program, run) => {
  const command = program
    .command('retention')
    .summary('drop rows that are older than the pipeline file says now')
    .description(
      'Drops whole partitions whose rows are all older than `retention.rows` (raw and rejected table) or the `retention` of a window: a metadata-only delete, one commit for all tables of a pipeline. How many rows went is written beside, and `sluice verify` counts with it. Older commits and tags still show the rows until the sweep no longer keeps them.',
    )
    .argument('[pipeline...]', 'names or files; all by default')
    .option('--dry-run', 'say what would go and what holds it; change nothing')
    .action(
      run(async (context, wanted: readonly string[], { dryRun }: { readonly dryRun?: boolean }) => {
        const request = { config: context.config, wanted };
        if (dryRun) {
          const tables = await lazy.retention().planRetention(request);
          context.result({ dryRun: true, tables }, () => dropsText(tables, context, 'would go'));
          return exitCodes.ok;
        }
        const follow = {
          onProgress: (line: string) => context.say(`  ${line}`),
          signal: context.terminal.interrupted(),
        };
        const results = await lazy.retention().runRetention(request, follow);
        context.result({ results }, () =>
          dropsText(
            results.flatMap(({ tables }) => tables),
            context,
            'went',
          ),
        );
        return results.some(({ outcome }) => outcome === 'yielded') ? exitCodes.failed : exitCodes.ok;
      }),
    );
  examples(command, ['sluice retention --dry-run', 'sluice retention user-activity', 'sluice retention --json']);
};

function dropsText(tables: readonly TableDrop[], context: CommandContext, verb: 'went' | 'would go'): string {
  if (tables.length === 0) return 'No pipeline limits how long its rows stay.';
  const rows = tables.map(({ table, state, beforeMs, heldByWindows, files, rows: count, sizeBytes }) => [
    table,
    beforeMs === undefined ? '' : formatTime(beforeMs),
    formatCount(count),
    formatCount(files),
    formatBytes(sizeBytes),
    state === 'not by time'
      ? 'not partitioned by time'
      : heldByWindows
        ? 'held by windows that may still take rows'
        : '',
  ]);
  const total = tables.reduce((sum, one) => sum + one.rows, 0);
  const right = (title: string) => ({ title, align: 'right' as const });
  const table = context.table(['TABLE', 'BEFORE', right('ROWS'), right('FILES'), right('BYTES'), 'NOTE'], rows);
  return `${table}\n${verb === 'would go' ? 'Dry run: nothing was changed. ' : ''}${plural(total, 'row')} ${verb}.`;
}
