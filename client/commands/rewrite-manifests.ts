import type { RewriteManifestsResult } from '../../activities/rewrite-manifests';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { exitCodes } from '../cli/exit-codes';
import { lazy } from '../lazy';

interface RewriteOptions {
  readonly always?: boolean;
  readonly dryRun?: boolean;
}

export const rewriteManifestsCommand: DefineCommand = (program, run) => {
  const command = program
    .command('rewrite-manifests')
    .summary('cluster manifests by partition where scans open too many')
    .description(
      "Writes a table's manifests anew, files of one partition together, when a query for one partition would open more than 20 (or the table's `sluice.manifests.max-per-scan`) and clustering at least halves that. No file and no row changes. Runs by itself every hour.",
    )
    .argument('[what...]', 'pipelines (names or files) and tables (namespace.name); all pipelines by default')
    .option('--always', 'also where scans open few')
    .option('--dry-run', 'say what would be done; change nothing')
    .action(
      run(async (context, wanted: readonly string[], { always = false, dryRun = false }: RewriteOptions) => {
        const request = { config: context.config, wanted, always };
        const follow = {
          onProgress: (line: string) => context.say(`  ${line}`),
          signal: context.terminal.interrupted(),
        };
        const tables = dryRun
          ? await lazy.manifests().planManifests(request)
          : await lazy.manifests().runManifests(request, follow);
        context.result({ dryRun, tables }, () => manifestsText(tables, context, dryRun));
        return tables.some(({ outcome }) => outcome === 'yielded') ? exitCodes.failed : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice rewrite-manifests --dry-run',
    'sluice rewrite-manifests user-activity',
    'sluice rewrite-manifests public.user_events --always',
  ]);
};

function manifestsText(tables: readonly RewriteManifestsResult[], context: CommandContext, dryRun: boolean): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = tables.map(({ table, outcome, before, after }) => [
    table,
    outcomeText(outcome, dryRun),
    `${before.manifests} → ${after.manifests}`,
    `${before.perScan} → ${after.perScan}`,
  ]);
  const text = context.table(['TABLE', 'OUTCOME', right('MANIFESTS'), right('OPENED PER PARTITION')], rows);
  return dryRun ? `${text}\nDry run: nothing was changed.` : text;
}

function outcomeText(outcome: RewriteManifestsResult['outcome'], dryRun: boolean): string {
  switch (outcome) {
    case 'published':
      return 'rewritten';
    case 'nothing':
      return dryRun ? 'would be rewritten' : 'nothing to do';
    case 'fine':
      return 'fine as they are';
    case 'yielded':
      return 'gave way to batches; the next run takes it up';
    case 'missing':
      return 'no such table';
  }
}
