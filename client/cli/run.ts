import { createProgram } from './program';
import { exitCodeOf, exitCodes, isUsageError } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { printError } from './print-error';
import type { Terminal } from './terminal';

/** Runs one command line (without node and script) to its end and gives its exit status. Never throws. */
export async function runCli(args: readonly string[], terminal: Terminal, version: string): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  try {
    const onEnd = (status: ExitCode): void => {
      code = status;
    };
    await createProgram({ terminal, version, onEnd }).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Asked-for help and version are no errors; help in place of a missing command is.
    if (isUsageError(error) && error.code === 'commander.help') return exitCodes.usage;
    if (isUsageError(error) && error.exitCode === 0) return exitCodes.ok;
    const end = args.indexOf('--');
    const json = (end === -1 ? args : args.slice(0, end)).includes('--json');
    printError(error, terminal, json);
    return exitCodeOf(error);
  }
}
