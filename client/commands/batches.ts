import { SluiceError } from '../../base/errors';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { formatCount, formatDuration, formatTime } from '../cli/format';
import { positiveNumber } from '../cli/options';
import { heldText, problemText } from '../status/status-text';
import type { PipelineBatches } from '../status/read-batches';
import { lazy } from '../lazy';

/** Offending rows per check. */
const SHOWN_SAMPLES = 3;

interface BatchesOptions {
  readonly limit: number;
}

export const batchesCommand: DefineCommand = (program, run) => {
  const command = program
    .command('batches')
    .summary('batches of pipelines: in flight, held, and published ones from the ledger')
    .argument('[pipeline]', 'name; all that have published by default')
    .option('--limit <n>', 'published batches per pipeline, newest first', positiveNumber, 10)
    .action(
      run(async (context, name: string | undefined, { limit }: BatchesOptions) => {
        const { publishedPipelines, readBatches } = lazy.batches();
        const all = await publishedPipelines(context.config);
        // One that is named may be before its first batch, or have it held.
        const wanted =
          name === undefined ? all : [all.find((pipeline) => pipeline.name === name) ?? { name, table: undefined }];
        const batches: PipelineBatches[] = [];
        for (const pipeline of wanted) batches.push(await readBatches(context.config, { ...pipeline, limit }));
        const [only] = batches;
        if (name !== undefined && only?.state === 'not started' && only.published.length === 0) {
          throw new SluiceError('BAD_INPUT', `no pipeline ${name} runs, and none of that name has published`, {
            cure: `There are batches of: ${namesOf(all)}. See also: sluice status`,
          });
        }
        context.result({ pipelines: batches }, () =>
          batches.length === 0
            ? 'No batch yet.'
            : batches.map((one) => batchesText(one, context, Date.now())).join('\n\n'),
        );
      }),
    );
  examples(command, ['sluice batches', 'sluice batches user-activity --limit 50', 'sluice batches --json']);
};

function namesOf(pipelines: readonly { readonly name: string }[]): string {
  const names = pipelines.slice(0, 10).map(({ name }) => name);
  return names.length === 0 ? 'no pipeline' : `${names.join(', ')}${pipelines.length > 10 ? ' …' : ''}`;
}

function batchesText(
  { pipeline, inFlight, published, problem }: PipelineBatches,
  context: CommandContext,
  nowMs: number,
): string {
  const { colours, table } = context;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const rows = [
    ...inFlight.map(({ seq, phase, startedAtMs }) => [
      seq,
      phase === 'held' ? colours.yellow(phase) : phase,
      '',
      '',
      '',
      '',
      '',
      `${formatDuration(nowMs - startedAtMs)} ago`,
    ]),
    ...published.map((batch) => [
      batch.seq,
      'published',
      batch.ranges.map(({ partition, from, to }) => `${partition}:${from}-${to}`).join(' '),
      formatCount(batch.rows),
      formatCount(batch.rejected),
      formatCount(batch.late),
      batch.watermark === null ? '' : formatTime(Date.parse(batch.watermark)),
      `${formatDuration(nowMs - Date.parse(batch.plannedAt))} ago`,
    ]),
  ];
  const titles = [
    right('BATCH'),
    'STATE',
    'OFFSETS',
    right('ROWS'),
    right('REJECTED'),
    right('LATE'),
    'WATERMARK',
    'PLANNED',
  ];
  const trouble = problem ? [problemText('', problem, context)] : [];
  const held = heldText(
    pipeline,
    inFlight.filter(({ phase }) => phase === 'held'),
    SHOWN_SAMPLES,
  );
  return [colours.bold(pipeline), table(titles, rows), ...held, ...trouble].join('\n');
}
