import { escapeControl } from '../cli/table';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { durationMs, positiveNumber } from '../cli/options';
import type { ConsumedMessage } from '../../stream/kafka/consume';
import { lazy } from '../lazy';

interface ConsumeOptions {
  readonly topic?: string;
  readonly pipeline: string;
  readonly fromBeginning?: boolean;
  readonly wait?: number;
}

export const consumeCommand: DefineCommand = (program, run) => {
  const command = program
    .command('consume')
    .summary('print messages of a topic')
    .description('Prints the next N messages of a topic, one a line: partition:offset, time, key, value.')
    .argument('<n>', 'how many messages', positiveNumber)
    .option('-p, --pipeline <name>', 'the topic that a pipeline reads', 'user-activity')
    .option('--topic <topic>', 'any topic')
    .option('--from-beginning', 'from the first message that is still there')
    .option('--wait <duration>', 'end when no message came for so long; without it, only after N or Ctrl-C', durationMs)
    .action(
      run(async (context, limit: number, options: ConsumeOptions) => {
        const { config, terminal } = context;
        const topic =
          options.topic ?? (await lazy.findPipelines().findPipelines([options.pipeline]))[0]!.pipeline.source.topic;
        const interrupted = terminal.interrupted();
        const idle = idleSignal(options.wait);
        const messages: MessageDocument[] = [];
        try {
          await lazy.consume().consumeMessages(
            config.kafka,
            {
              topic,
              limit,
              from: options.fromBeginning ? 'beginning' : 'latest',
              signal: AbortSignal.any([interrupted, idle.signal]),
            },
            (message) => {
              idle.touch();
              if (context.json) messages.push(messageDocument(message));
              else terminal.stdout.write(`${messageLine(message)}\n`);
            },
          );
        } finally {
          idle.clear();
        }
        if (context.json) context.result({ topic, messages }, () => '');
        return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
      }),
    );
  examples(command, [
    'sluice consume 10 --from-beginning',
    'sluice consume 100 --pipeline sensors --wait 5s --json',
    'sluice consume 1 --topic transactions',
  ]);
};

interface MessageDocument {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
}

function messageDocument({ partition, offset, timestampMs, key, value }: ConsumedMessage): MessageDocument {
  return {
    partition,
    offset,
    timestamp: new Date(timestampMs).toISOString(),
    key: key?.toString('utf8') ?? null,
    value: value?.toString('utf8') ?? null,
  };
}

function messageLine(message: ConsumedMessage): string {
  const { partition, offset, timestamp, key, value } = messageDocument(message);
  return escapeControl(`${partition}:${offset}  ${timestamp}  ${key ?? '-'}  ${value ?? '(tombstone)'}`);
}

/** Aborts when `touch` was not called for `ms`; never when undefined. */
function idleSignal(ms: number | undefined): { readonly signal: AbortSignal; touch(): void; clear(): void } {
  const controller = new AbortController();
  const timer = ms === undefined ? undefined : setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, touch: () => void timer?.refresh(), clear: () => clearTimeout(timer) };
}
