import { userInfo } from 'node:os';
import { examples } from '../cli/command';
import type { CommandContext } from '../cli/context';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

interface VerdictOptions {
  readonly why: string;
  readonly by?: string;
}

export const approveCommand: DefineCommand = (program, run) => {
  const command = program
    .command('approve')
    .summary('publish a held batch')
    .description('Publishes a batch that a check holds. Who and why is kept in the commit.')
    .argument('<batch>', 'PIPELINE/SEQ, as `sluice batches` lists it')
    .requiredOption('--why <text>', 'the reason')
    .option('--by <name>', 'who decides; the login name by default')
    .action(run((context, batch: string, options: VerdictOptions) => decide(context, 'approve', batch, options)));
  examples(command, ['sluice approve user-activity/12 --why "test accounts, checked with support"']);
};

export const rejectCommand: DefineCommand = (program, run) => {
  const command = program
    .command('reject')
    .summary('refuse a held batch: the pipeline stops, nothing is published')
    .description(
      'Refuses a batch that a check holds. Its rows never reach main, its offsets are not moved, and the pipeline ends: change the file or the check, then start again.',
    )
    .argument('<batch>', 'PIPELINE/SEQ, as `sluice batches` lists it')
    .requiredOption('--why <text>', 'the reason')
    .option('--by <name>', 'who decides; the login name by default')
    .action(run((context, batch: string, options: VerdictOptions) => decide(context, 'reject', batch, options)));
  examples(command, ['sluice reject transactions/7 --why "amounts in cents"']);
};

async function decide(
  context: CommandContext,
  verdict: 'approve' | 'reject',
  batch: string,
  { why, by = userInfo().username }: VerdictOptions,
): Promise<void> {
  const { parseBatchName, giveVerdict } = lazy.verdict();
  const name = parseBatchName(batch);
  const status = await lazy
    .temporal()
    .withTemporal(context.config, (temporal) => giveVerdict(temporal, name, { verdict, by, why }));
  context.result({ ...name, verdict, by, why, status }, () =>
    verdict === 'approve'
      ? `Batch ${batch} approved by ${by}: it is being published.`
      : `Batch ${batch} rejected by ${by}: pipeline ${name.pipeline} ends, nothing of the batch is published.`,
  );
}
