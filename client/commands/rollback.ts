import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { SluiceError } from '../../base/errors';
import { askYes } from '../cli/ask';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { lazy } from '../lazy';
import { sayChanges } from './stop';

interface RollbackOptions {
  readonly beforeBatch?: { readonly pipeline: string; readonly seq: string };
  readonly pipeline?: readonly string[];
  readonly why?: string;
  readonly by?: string;
  readonly tag?: string;
  readonly acceptGap?: boolean;
  readonly stop?: boolean;
  readonly restart?: boolean;
  readonly now?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const rollbackCommand: DefineCommand = (program, run) => {
  const command = program
    .command('rollback')
    .summary('take main back to an earlier state, positions included')
    .description(
      'Puts all tables of main back as they stood at one of its commits, in one new commit; the log keeps what was undone, and a rollback can be undone by another. The positions of pipelines go back with their tables: says first which offsets are read again, which Kafka does not have any more, and what leaves main.',
    )
    .argument('[to]', 'hash, tag, time, -2h after @, batch:PIPELINE/N (the state after it), main~N')
    .option('--before-batch <batch>', 'the state before this batch was published: PIPELINE/N', batchName)
    .option('--pipeline <name...>', 'only the tables of these pipelines; every table by default')
    .option('--why <text>', 'the reason; stands in the log')
    .option('--by <name>', 'who decides; the login name by default')
    .option('--tag <name>', 'keep the state that is left under this tag')
    .option('--accept-gap', 'go on although Kafka does not have all offsets that would be read again')
    .option('--stop', 'stop pipelines that run first')
    .option('--restart', 'stop them first, and start them again afterwards')
    .option('--now', 'with --stop or --restart: cancel what is in flight')
    .option('--dry-run', 'say all of it, do nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (context, to: string | undefined, options: RollbackOptions) => {
        const { rollbackMain } = lazy.rollback();
        const { rollbackText, doneText } = lazy.rollbackText();
        const dryRun = options.dryRun ?? false;
        const result = await rollbackMain({
          config: context.config,
          target: targetOf(to, options),
          ...(options.pipeline ? { pipelines: options.pipeline } : {}),
          dryRun,
          by: options.by ?? userInfo().username,
          why: options.why,
          ...(options.tag === undefined ? {} : { tag: options.tag }),
          acceptGap: options.acceptGap ?? false,
          stop: { stop: options.stop === true || options.restart === true, now: options.now ?? false },
          restart: options.restart ?? false,
          signal: context.terminal.interrupted(),
          onRun: sayChanges(context.say),
          say: context.say,
          agree: async (look) => {
            if (!context.json) context.terminal.stdout.write(`${rollbackText(look, context)}\n`);
            return dryRun || options.yes === true || askYes(context, 'Take main back?');
          },
        });
        const nothing = result.plan.entries.length === 0;
        context.result(documentOf(result), () =>
          dryRun && !nothing ? 'Dry run: nothing was changed.' : doneText(result),
        );
        if (dryRun || nothing) return exitCodes.ok;
        return result.hash !== null && result.restartProblem === null ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, [
    'sluice rollback --before-batch user-activity/42 --dry-run',
    'sluice rollback before-migration --why "wrong prices, INC-12" --tag after-migration',
    'sluice rollback main@-2h --restart --why "bad deploy"',
    'sluice rollback --before-batch sensors/7 --pipeline sensors --why "units mixed up"',
  ]);
};

function targetOf(to: string | undefined, { beforeBatch }: RollbackOptions) {
  if ((to === undefined) === (beforeBatch === undefined)) {
    throw new SluiceError('BAD_INPUT', 'expected one of: a state to go back to, or --before-batch PIPELINE/N', {
      cure: '`sluice log` shows the commits of main.',
    });
  }
  return beforeBatch ? { beforeBatch } : { ref: to! };
}

function batchName(text: string): NonNullable<RollbackOptions['beforeBatch']> {
  const [, pipeline, seq] = /^(.+)[/:](\d+)$/.exec(text) ?? [];
  if (pipeline !== undefined && seq !== undefined) return { pipeline, seq: String(BigInt(seq)) };
  throw new InvalidArgumentError(`expected a batch as PIPELINE/N, found "${text}"`);
}

/** Without the single files and the catalog's own pointers: counts tell it. */
function documentOf({ plan, ...rest }: Awaited<ReturnType<ReturnType<typeof lazy.rollback>['rollbackMain']>>) {
  const { entries: _entries, records: _records, tables, ...told } = plan;
  return {
    ...rest,
    plan: {
      ...told,
      tables: tables.map(({ files: { added, removed }, ...table }) => ({ ...table, files: { added, removed } })),
    },
  };
}
