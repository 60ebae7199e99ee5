import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { formatTime, plural } from '../cli/format';
import { lazy } from '../lazy';

export const cleanBranchesCommand: DefineCommand = (program, run) => {
  const command = program
    .command('clean-branches')
    .summary('drop audit branches that batches and upkeep left behind')
    .description(
      'Drops branches of batches that are published, and those of batches and upkeep to which nothing was committed for a day while no workflow of theirs runs. A held batch keeps its branch. No file is deleted. Runs by itself every hour.',
    )
    .option('--dry-run', 'say which would go; change nothing')
    .action(
      run(async (context, { dryRun = false }: { readonly dryRun?: boolean }) => {
        const branches = await lazy.cleanBranches().cleanNow(context.config, dryRun);
        context.result({ dryRun, branches }, () => {
          const dropped = branches.filter(({ action }) => action === 'dropped').length;
          const rows = branches.map(({ branch, action, why, lastCommitMs }) => [
            branch,
            action === 'dropped' && dryRun ? 'would go' : action,
            formatTime(lastCommitMs),
            why,
          ]);
          const table = rows.length === 0 ? '' : `${context.table(['BRANCH', '', 'LAST COMMIT', 'WHY'], rows)}\n`;
          return `${table}${plural(dropped, 'branch', 'branches')} ${dryRun ? 'would be dropped' : 'dropped'}.`;
        });
      }),
    );
  examples(command, ['sluice clean-branches --dry-run', 'sluice clean-branches --json']);
};
