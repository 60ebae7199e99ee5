import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import type { PipelineRun } from '../temporal/pipeline-run';
import { lazy } from '../lazy';

interface StopOptions {
  readonly now?: boolean;
  readonly wait: boolean;
}

export const stopCommand: DefineCommand = (program, run) => {
  const command = program
    .command('stop')
    .summary('stop pipelines, after what is in flight')
    .description(
      'Tells pipelines to publish what is in flight and end, and waits for it. No event is lost either way: a start goes on where the lake stands.',
    )
    .argument('<pipeline...>', 'names')
    .option('--now', 'cancel what is in flight; it is read again after the next start')
    .option('--no-wait', 'tell them and return')
    .action(
      run(async (context, names: readonly string[], { now = false, wait }: StopOptions) => {
        const { requestStop, waitStopped } = lazy.stop();
        const signal = context.terminal.interrupted();
        const ended = await lazy.temporal().withTemporal(context.config, async (temporal) => {
          for (const name of names) await requestStop(temporal, { name, now });
          if (!wait) return [];
          return Promise.all(
            names.map((name) => waitStopped(temporal, { name, signal, onLook: sayChanges(context.say) })),
          );
        });
        const wrong = ended.filter(({ state }) => state === 'failed');
        context.result({ stopped: ended, waited: wait }, () =>
          wait ? ended.map(({ name, state }) => `${name} ${state}`).join('\n') : `told to stop: ${names.join(', ')}`,
        );
        return wrong.length === 0 ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, ['sluice stop user-activity', 'sluice stop sensors transactions --now']);
};

/** Says what a pipeline waits for, whenever that changes. */
export function sayChanges(say: (text: string) => void): (run: PipelineRun) => void {
  let said = '';
  return ({ name, state, batches, problem }) => {
    const held = batches.find(({ phase }) => phase === 'held');
    const flight = batches.map(({ seq, phase }) => `batch ${seq} ${phase}`).join(', ');
    const hint = held ? `; decide with sluice approve|reject ${name}/${held.seq} --why …, or stop --now` : '';
    const text = `  ${name}: ${state}${flight && `, ${flight}`}${hint}${problem ? ` (${problem.code}: ${problem.message})` : ''}`;
    if (text !== said) say(text);
    said = text;
  };
}
