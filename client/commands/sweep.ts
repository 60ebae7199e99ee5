import { askYes } from '../cli/ask';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { exitCodes } from '../cli/exit-codes';
import type { ExitCode } from '../cli/exit-codes';
import { formatBytes, plural } from '../cli/format';
import { durationMs, positiveNumber, share } from '../cli/options';
import type { SweepOptions } from '../../lake/sweep/options';
import { lazy } from '../lazy';

interface SweepCommandOptions {
  readonly olderThan?: number;
  readonly wait?: number;
  readonly keepHistory?: number;
  readonly maxFiles?: number;
  readonly maxShare?: number;
  readonly trash?: boolean;
  readonly dropped?: boolean;
  readonly undo?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const sweepCommand: DefineCommand = (program, run) => {
  const command = program
    .command('sweep')
    .summary('delete files that no branch, tag or retained commit reaches')
    .description(
      'The only thing that deletes files of the lake. Looks at every branch and tag and at the history of the last days; what nothing reaches and is old enough is remembered, and deleted by a later run if it is still so. Anything that cannot be read ends the run before the first deletion.',
    )
    .argument('[table...]', 'as namespace.name; all tables by default')
    .option('--older-than <duration>', 'younger files are never touched; 3d by default, 1h at least', durationMs)
    .option(
      '--keep-history <duration>',
      'states this far back stay readable by hash and time; 7d by default',
      durationMs,
    )
    .option('--wait <duration>', 'between finding and deleting; 1h by default', durationMs)
    .option('--max-files <n>', 'delete nothing when more would go; 100,000 by default', positiveNumber)
    .option('--max-share <share>', 'delete nothing when more of the bytes would go; 50% by default', share)
    .option('--trash', 'move into the trash, for 7 days, in place of deleting')
    .option('--undo <run>', 'put back what a run with --trash took out')
    .option('--dropped', 'sweep tables that no branch, tag or retained commit names, in place of the others')
    .option('--dry-run', 'look and report, change nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (context, tables: readonly string[], options: SweepCommandOptions) => {
        if (options.undo !== undefined) return undo(context, options.undo);
        const request = { config: context.config, options: sweepOptions(tables, options) };
        const { planSweep, runSweep } = lazy.sweep();
        const { sweepText } = lazy.sweepText();
        const follow = { onProgress: sayNow(context), signal: context.terminal.interrupted() };
        if (options.dryRun || !options.yes) {
          const plan = await planSweep(request, follow);
          if (options.dryRun) {
            context.result(plan, () => sweepText(plan, context));
            return plan.outcome === 'done' ? exitCodes.ok : exitCodes.failed;
          }
          if (!context.json) context.terminal.stdout.write(`${sweepText(plan, context)}\n`);
          if (plan.outcome === 'over cap') return exitCodes.failed;
          const { files, sizeBytes } = plan.deleted;
          const what = `${options.trash ? 'Move' : 'Delete'} ${plural(files, 'file')} (${formatBytes(sizeBytes)})${options.trash ? ' into the trash' : ''}, and remember the others?`;
          if (plan.orphans.files > 0 && !(await askYes(context, what))) {
            context.say('Nothing was changed.');
            return exitCodes.failed;
          }
        }
        const report = await runSweep(request, follow);
        context.result(report, () => sweepText(report, context));
        return report.outcome === 'done' ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, [
    'sluice sweep --dry-run',
    'sluice sweep --yes --trash',
    'sluice sweep --undo 20260131T120000Z-1a2b3c4d',
    'sluice sweep db.user_activity --older-than 1d --json --yes',
    'sluice sweep --dropped --dry-run',
  ]);
};

function sweepOptions(tables: readonly string[], options: SweepCommandOptions): Partial<SweepOptions> {
  const { olderThan, wait, keepHistory, maxFiles, maxShare, trash, dropped } = options;
  return {
    ...(tables.length > 0 ? { tables } : {}),
    ...(olderThan === undefined ? {} : { graceMs: olderThan }),
    ...(wait === undefined ? {} : { waitMs: wait }),
    ...(keepHistory === undefined ? {} : { keepHistoryMs: keepHistory }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
    ...(maxShare === undefined ? {} : { maxShare }),
    ...(trash ? { trash } : {}),
    ...(dropped ? { dropped } : {}),
  };
}

async function undo(context: CommandContext, runId: string): Promise<ExitCode> {
  const report = await lazy.sweep().undoRun(context.config, runId, sayNow(context));
  context.result(report, () => {
    const there = report.there === 0 ? '' : `, ${report.there} stood there already`;
    const otherwise =
      report.otherwise === 0 ? '' : ` ${report.otherwise} stay in the trash: other files stand at their place.`;
    return `Put back ${plural(report.restored, 'file')} (${formatBytes(report.sizeBytes)})${there}. The next sweeps take them for new.${otherwise}`;
  });
  return exitCodes.ok;
}

/** At most a line in two seconds. */
function sayNow(context: CommandContext): (line: string) => void {
  let saidAtMs = 0;
  return (line) => {
    if (Date.now() - saidAtMs < 2000) return;
    saidAtMs = Date.now();
    context.say(`  ${line}`);
  };
}
