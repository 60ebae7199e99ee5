import { Option } from 'commander';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { formatCount, formatDuration, formatTime } from '../cli/format';
import { durationMs, positiveNumber, positiveRate, share, timeMs, wholeNumber } from '../cli/options';
import { progressBars } from '../cli/progress-bar';
import type { ProduceResult } from '../produce/produce';
import { eventTimes } from '../produce/event-times';
import { lazy } from '../lazy';

interface ProduceOptions {
  readonly pipeline: string;
  readonly topic?: string;
  readonly partitions?: number;
  readonly rate?: number;
  readonly outOfOrder: number;
  readonly late: number;
  readonly malformed: number;
  readonly seed: number;
  readonly start?: number;
  readonly span?: number;
}

export const produceCommand: DefineCommand = (program, run) => {
  const command = program
    .command('produce')
    .summary('send seeded, realistic events of a shipped pipeline')
    .description(
      'Sends N events to the topic of a shipped pipeline and counts them exactly: raw rows expected = good + late, rejected = malformed. The same seed and times give the same events.',
    )
    .argument('<n>', 'how many events', wholeNumber)
    .option('-p, --pipeline <name>', 'user-activity, sensors or transactions', 'user-activity')
    .option('--topic <topic>', 'send to another topic than the pipeline’s own')
    .option('--partitions <n>', 'create the topic with so many partitions if it does not exist', positiveNumber)
    .option('--rate <n>', 'events per second; as fast as it goes by default', positiveRate)
    .addOption(
      new Option('--out-of-order <duration>', 'event times lie up to this far behind')
        .argParser(durationMs)
        .default(3000, '3s'),
    )
    .option('--late <share>', 'share of events that come after their window closed (0.01 or 1%)', share, 0)
    .option('--malformed <share>', 'share of events that cannot become rows', share, 0)
    .option('--seed <n>', 'another seed, other events', wholeNumber, 1)
    .addOption(
      new Option('--start <time>', 'event time of the first event: 2026-01-01T12:00:00Z, now, or -30m').argParser(
        (text: string) => timeMs(text),
      ),
    )
    .option('--span <duration>', 'spread the event times over so long, until now by default', durationMs)
    .action(
      run(async (context, count: number, options: ProduceOptions) => {
        const { config, terminal } = context;
        const { pipeline, seed, rate: pace, partitions } = options;
        const signal = terminal.interrupted();
        const generate = {
          seed,
          count,
          ...eventTimes({ count, nowMs: Date.now(), pace, startMs: options.start, spanMs: options.span }),
          outOfOrderMs: options.outOfOrder,
          lateShare: options.late,
          malformedShare: options.malformed,
        };
        const topic = options.topic ?? lazy.generators().openGenerator(pipeline, generate).topic;
        await lazy.ensureTopic().ensureTopic(config, { topic, partitions });
        const bars = progressBars(terminal.stderr);
        const startedMs = Date.now();
        let result: ProduceResult;
        try {
          const bar = bars.add(pipeline, count);
          const onProgress = (sent: number): void => {
            const perSecond = Math.round((sent * 1000) / Math.max(1, Date.now() - startedMs));
            bar.update(sent, `${formatCount(perSecond)} events/s`);
          };
          result = await lazy.produce().produceEvents({ config, pipeline, topic, pace, signal, generate, onProgress });
        } finally {
          bars.stop();
        }
        context.result(result, () => resultLines(result));
        return signal.aborted ? exitCodes.interrupted : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice produce 10000',
    'sluice produce 100000 --pipeline sensors --rate 2000 --malformed 1% --late 0.5%',
    'sluice produce 50000 --span 30m --seed 7 --json',
  ]);
};

function resultLines({
  sent,
  topic,
  tally,
  firstTimeMs,
  lastTimeMs,
  elapsedMs,
  eventsPerSecond,
}: ProduceResult): string {
  return [
    `Sent ${formatCount(sent)} events to ${topic} in ${formatDuration(elapsedMs)}, ${formatCount(eventsPerSecond)} a second.`,
    `  good ${formatCount(tally.good)}, late ${formatCount(tally.late)}, malformed ${formatCount(tally.malformed)}`,
    `  arrival times ${formatTime(firstTimeMs)} to ${formatTime(lastTimeMs)}`,
  ].join('\n');
}
