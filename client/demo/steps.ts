import { coloursFor } from '../cli/colours';
import { formatDuration } from '../cli/format';
import type { Terminal } from '../cli/terminal';

export interface StepTime {
  readonly step: string;
  readonly elapsedMs: number;
}

export interface Steps {
  /** Says the title, does the work, says how long it took and what `done` makes of its result. */
  run<T>(title: string, work: () => Promise<T>, done: (result: T) => string): Promise<T>;
  readonly times: readonly StepTime[];
}

/** Steps of a long command, told on standard error. */
export function createSteps({ stderr, env }: Pick<Terminal, 'stderr' | 'env'>): Steps {
  const colours = coloursFor(stderr, env);
  const times: StepTime[] = [];
  return {
    times,
    async run(title, work, done) {
      const startedMs = Date.now();
      stderr.write(`${colours.bold(title)}\n`);
      const result = await work();
      const elapsedMs = Date.now() - startedMs;
      times.push({ step: title, elapsedMs });
      stderr.write(`  ${colours.green('✓')} ${done(result)} ${colours.dim(`(${formatDuration(elapsedMs)})`)}\n`);
      return result;
    },
  };
}
