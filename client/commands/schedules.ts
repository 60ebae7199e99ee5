import { userInfo } from 'node:os';
import type { CommandContext } from '../cli/context';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { formatTime, plural } from '../cli/format';
import { everyMs } from '../cli/options';
import { formatDuration } from '../../pipeline/duration';
import type { ScheduleChange, UpkeepSchedule } from '../upkeep/schedule-list';
import { lazy } from '../lazy';

const WHAT =
  'kinds (compaction, expiry, manifests, retention, sweep, clean-branches), pipelines, or both as compaction/user-activity';

export const schedulesCommand: DefineCommand = (program, run) => {
  const command = program
    .command('schedules')
    .summary('show and change when upkeep runs by itself')
    .description(
      'Upkeep runs by schedules of Temporal, made by `sluice start`: compaction, expiry, manifests and retention for each pipeline, sweep and clean-branches once for the lake. Times and pauses that are set here stay when a pipeline is started again.',
    );
  command
    .command('list', { isDefault: true })
    .summary('all schedules, or those of some kinds or pipelines')
    .argument('[what...]', WHAT)
    .action(
      run(async (context, what: readonly string[]) => {
        const schedules = await lazy
          .temporal()
          .withTemporal(context.config, (temporal) => lazy.schedules().findSchedules(temporal, what));
        context.result({ schedules }, () => listText(schedules, context));
      }),
    );
  command
    .command('show')
    .summary('one schedule with its last run')
    .argument('<id>', 'as compaction/user-activity')
    .action(
      run(async (context, id: string) => {
        const found = await lazy
          .temporal()
          .withTemporal(context.config, (temporal) => lazy.schedules().scheduleDetails(temporal, id));
        context.result(found, () =>
          [
            `${context.colours.bold(found.id)}: ${timeText(found)}${found.note ? ` (${found.note})` : ''}`,
            `  next run   ${found.nextMs === undefined ? 'none' : formatTime(found.nextMs)}`,
            `  last run   ${found.lastMs === undefined ? 'none' : `${formatTime(found.lastMs)}, ${found.lastStatus ?? 'no longer known'}, workflow ${found.lastWorkflowId}`}`,
            `  so far     ${plural(found.runs, 'run')}, ${found.skipped} skipped because one was under way`,
          ].join('\n'),
        );
      }),
    );
  const change = (context: CommandContext, what: readonly string[], wanted: ScheduleChange): Promise<void> =>
    lazy.temporal().withTemporal(context.config, async (temporal) => {
      const found = await lazy.schedules().findSchedules(temporal, what);
      for (const { id } of found) await lazy.schedules().changeSchedule(temporal, id, wanted);
      const after = wanted.do === 'run' ? found : await lazy.schedules().findSchedules(temporal, what);
      context.result({ schedules: after }, () =>
        after.map((one) => `${one.id}: ${wanted.do === 'run' ? 'started' : timeText(one)}`).join('\n'),
      );
    });
  command
    .command('pause')
    .summary('no runs by themselves until resumed')
    .argument('<what...>', WHAT)
    .option('--why <text>', 'kept as a note')
    .action(
      run((context, what: readonly string[], { why }: { readonly why?: string }) =>
        change(context, what, { do: 'pause', note: `by ${userInfo().username}${why ? `: ${why}` : ''}` }),
      ),
    );
  command
    .command('resume')
    .summary('run by themselves again')
    .argument('<what...>', WHAT)
    .action(run((context, what: readonly string[]) => change(context, what, { do: 'resume' })));
  command
    .command('set')
    .summary('change how often')
    .argument('<what...>', WHAT)
    .requiredOption('--every <duration>', 'at least 1s', everyMs)
    .action(
      run((context, what: readonly string[], { every }: { readonly every: number }) =>
        change(context, what, { do: 'set', everyMs: every }),
      ),
    );
  command
    .command('run')
    .summary('run now, as the schedule would; does not wait')
    .argument('<what...>', WHAT)
    .action(run((context, what: readonly string[]) => change(context, what, { do: 'run' })));
  examples(command, [
    'sluice schedules',
    'sluice schedules show compaction/user-activity',
    'sluice schedules set compaction --every 30m',
    'sluice schedules pause sweep --why "restoring a backup"',
    'sluice schedules resume sweep',
    'sluice schedules run expiry/user-activity',
  ]);
};

function listText(schedules: readonly UpkeepSchedule[], context: CommandContext): string {
  if (schedules.length === 0) return 'No schedule: `sluice start` makes them.';
  const rows = schedules.map((one) => [
    one.id,
    timeText(one),
    one.lastMs === undefined ? '' : formatTime(one.lastMs),
    one.lastStatus ?? '',
    one.nextMs === undefined ? '' : formatTime(one.nextMs),
    one.paused ? (one.note ?? '') : '',
  ]);
  return context.table(['SCHEDULE', 'TIME', 'LAST RUN', 'OUTCOME', 'NEXT RUN', 'NOTE'], rows);
}

function timeText({ everyMs: every, paused }: UpkeepSchedule): string {
  const time = every === undefined ? 'by calendar' : `every ${formatDuration(every)}`;
  return paused ? `${time}, paused` : time;
}
