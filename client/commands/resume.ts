import { userInfo } from 'node:os';
import type { GapDecision } from '../../activities/wire';
import { resumeCommand as commandLine } from '../../stream/topic-guard';
import type { Gap } from '../../stream/topic-guard';
import { askYes } from '../cli/ask';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { workflowUrl } from '../temporal/temporal-ui';
import { lazy } from '../lazy';

interface ResumeOptions {
  readonly acceptGap?: boolean;
  readonly acceptReset?: boolean;
  readonly acceptNewTopic?: boolean;
  readonly why?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const resumeCommand: DefineCommand = (program, run) => {
  const command = program
    .command('resume')
    .summary('start a pipeline that stopped, over what its topic lost')
    .description(
      'Starts a pipeline that stopped. Where its topic lost events, was cut or created again, says first exactly what going on gives up, and needs an option for each kind and a reason: both stand in the ledger and in the log, in one commit with the next batch.',
    )
    .argument('<pipeline>', 'file or name')
    .option('--accept-gap', 'go on behind offsets that were deleted before they were read (OFFSETS_EXPIRED)')
    .option('--accept-reset', 'go on behind the cut of a log that was truncated (OFFSETS_RESET)')
    .option('--accept-new-topic', 'go on with the topic that was created again under the name (TOPIC_RECREATED)')
    .option('--why <text>', 'the reason; needed with --accept-…')
    .option('--by <name>', 'who decides; the login name by default')
    .option('--dry-run', 'say what would be given up, do nothing')
    .option('-y, --yes', 'do not ask')
    .action(
      run(async (context, wanted: string, options: ResumeOptions) => {
        const pipeline = (await lazy.findOrRecorded().findOrRecorded(context.config, [wanted]))[0]!;
        const { resumePipeline } = lazy.resume();
        const { decisionText } = lazy.resumeText();
        const result = await resumePipeline({
          config: context.config,
          pipeline,
          accepted: { codes: acceptedCodes(options), by: options.by ?? userInfo().username, why: options.why },
          dryRun: options.dryRun ?? false,
          agree: async (look, decision) => {
            if (!context.json) context.terminal.stdout.write(`${decisionText(look, decision, context)}\n`);
            return options.dryRun === true || options.yes === true || askYes(context, 'Go on?');
          },
        });
        const { decision, started, lastBatch } = result;
        const missing =
          lastBatch === null
            ? 'No batch was published yet, so it begins at the first offsets that the topic has: '
            : 'Nothing is missing: ';
        context.result(result, () => {
          if (started)
            return `${decision ? '' : missing}started ${pipeline.name}  ${workflowUrl(context.config, started.workflowId)}`;
          if (!options.dryRun) return 'Nothing was changed.';
          const next = decision
            ? `To go on: ${commandLine(pipeline.name, codesOf(decision))}`
            : 'The topic has all that was not read yet.';
          return `Dry run: nothing was changed. ${next}`;
        });
        return started || options.dryRun ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, [
    'sluice resume user-activity --accept-gap --dry-run --why "retention was 1 h"',
    'sluice resume user-activity --accept-gap --why "retention was 1 h, see INC-7"',
    'sluice resume user-activity',
  ]);
};

function codesOf({ gaps }: GapDecision): readonly Gap['code'][] {
  return [...new Set(gaps.map(({ code }) => code))];
}

function acceptedCodes({ acceptGap, acceptReset, acceptNewTopic }: ResumeOptions): readonly Gap['code'][] {
  return [
    ...(acceptGap ? (['OFFSETS_EXPIRED'] as const) : []),
    ...(acceptReset ? (['OFFSETS_RESET'] as const) : []),
    ...(acceptNewTopic ? (['TOPIC_RECREATED'] as const) : []),
  ];
}
