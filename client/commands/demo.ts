import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { exitCodes } from '../cli/exit-codes';
import { formatCount, formatDuration } from '../cli/format';
import { positiveNumber } from '../cli/options';
import { verifyText } from '../cli/verify-text';
import type { DemoResult } from '../demo/demo';
import type { VerifyReport } from '../verify/report';
import { resultCells, resultColumns } from '../query/result-text';
import { lazy } from '../lazy';

interface DemoOptions {
  readonly events: number;
  readonly stack: boolean;
}

export const demoCommand: DefineCommand = (program, run) => {
  const command = program
    .command('demo')
    .summary('all of it from nothing: servers, tables, events, results, proof')
    .description(
      'Starts what does not run, creates topics and tables of the shipped pipelines, starts them, sends events, waits until all are published, shows results and verifies them. Run again, it goes on with new events. Exit status 0 only when everything worked.',
    )
    .option('--events <n>', 'over the three pipelines', positiveNumber, 40_000)
    .option('--no-stack', 'use the servers that run already')
    .action(
      run(async (context, { events, stack }: DemoOptions) => {
        const { config, terminal } = context;
        const result = await lazy.demo().runDemo({ config, terminal, events, withStack: stack });
        const addresses = { router: config.router.url, temporalUi: config.temporal.uiUrl };
        context.result({ ...result, addresses }, () => demoText(result, context));
        return result.ok ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, [
    'sluice demo',
    'sluice demo --events 1000000',
    'sluice --port-offset 2000 --home /tmp/second demo',
  ]);
};

function demoText({ produced, results, verify, elapsedMs }: DemoResult, context: CommandContext): string {
  const { config, colours, table } = context;
  return [
    `\n${colours.bold('Events sent now, and what is on main of all runs')}`,
    eventsTable(produced, verify, context),
    ...results.map(({ title, result }) =>
      [
        `\n${colours.bold(title)}`,
        result.rows.length === 0 ? '  none yet' : table(resultColumns(result), resultCells(result)),
      ].join('\n'),
    ),
    `\n${colours.bold('Proof (sluice verify)')}\n${verifyText(verify, context)}`,
    `\nDone in ${formatDuration(elapsedMs)}. The pipelines keep running. Look at:`,
    `  router, SQL and page  ${config.router.url}`,
    `  Temporal UI           ${config.temporal.uiUrl}`,
    'Try next:',
    '  sluice produce 100000 --rate 5000     live events; then watch: sluice status',
    '  sluice query "select event_type, sum(event_count) from db.user_activity group by all"',
    '  sluice batches user-activity          each batch is a workflow in the Temporal UI',
    '  sluice down                           stop everything; sluice up goes on where it was',
  ].join('\n');
}

function eventsTable(produced: DemoResult['produced'], { pipelines }: VerifyReport, { table }: CommandContext): string {
  const titles = ['SENT', 'GOOD', 'LATE', 'MALFORMED', 'ON MAIN: ROWS', 'REJECTED', 'LATE', 'BATCHES'];
  return table(
    ['PIPELINE', ...titles.map((title) => ({ title, align: 'right' }) as const)],
    produced.map(({ pipeline, sent, tally }) => {
      const report = pipelines.find((one) => one.pipeline === pipeline);
      const counts = [sent, tally.good, tally.late, tally.malformed];
      const onMain = report ? [report.rows, report.rejected, report.late, report.batches] : [];
      return [pipeline, ...[...counts, ...onMain].map(formatCount)];
    }),
  );
}
