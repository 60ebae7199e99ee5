import type { Command } from 'commander';
import type { CommandContext } from './context';
import type { ExitCode } from './exit-codes';

/** The body of a command: arguments and options as commander hands them over. Ends with an exit status, 0 by default. */
export type CommandBody<Args extends readonly unknown[]> = (
  context: CommandContext,
  ...args: Args
) => Promise<ExitCode | void>;

/** Makes a commander action of a body. */
export type Runner = <Args extends readonly unknown[]>(
  body: CommandBody<Args>,
) => (...args: unknown[]) => Promise<void>;

/**
 * A file of client/commands/ exports one of these: it declares the command with its options and examples. What the body needs
 * beyond the settings is loaded with `import()` inside it, so that `sluice --help` loads neither DuckDB nor Temporal.
 */
export type DefineCommand = (program: Command, run: Runner) => void;

/** Text under a command's help. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}
