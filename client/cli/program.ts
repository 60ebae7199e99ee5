import { Command, Option } from 'commander';
import { commands } from '../commands/index';
import { wholeNumber } from './options';
import type { CommandBody, Runner } from './command';
import { openContext } from './context';
import { exitCodes } from './exit-codes';
import type { ExitCode } from './exit-codes';
import type { Terminal } from './terminal';

export interface ProgramInput {
  readonly terminal: Terminal;
  readonly version: string;
  /** Called when a command ends without an error. */
  readonly onEnd: (code: ExitCode) => void;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly portOffset?: number;
  readonly home?: string;
}

/** The whole command line. Throws commander's errors in place of ending the process. */
export function createProgram({ terminal, version, onEnd }: ProgramInput): Command {
  const program = new Command('sluice')
    .description('Kafka to Apache Iceberg, exactly once, with event-time windows.')
    .version(version, '-V, --version', 'print the version')
    .addOption(new Option('--json', 'print one JSON document on standard output, and nothing else there'))
    .addOption(
      new Option(
        '--port-offset <n>',
        'add n to every port: another stack on this machine (SLUICE_PORT_OFFSET)',
      ).argParser(wholeNumber),
    )
    .addOption(new Option('--home <dir>', 'data, logs and installed servers, .sluice by default (SLUICE_HOME)'))
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, helpWidth: terminal.stdout.columns ?? 100 })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // Errors are printed in one place, with their code and cure (print-error.ts).
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError(true)
    .exitOverride();
  program.addHelpText(
    'after',
    '\nExit status: 0 done, 1 it failed or what was verified is not right, 2 the command line is wrong, 130 interrupted.' +
      '\nBegin with: sluice demo',
  );
  const run: Runner = <Args extends readonly unknown[]>(body: CommandBody<Args>) => {
    return async (...args: unknown[]) => {
      const { json = false, portOffset, home } = program.opts<GlobalOptions>();
      if (portOffset !== undefined) terminal.env['SLUICE_PORT_OFFSET'] = String(portOffset);
      if (home !== undefined) terminal.env['SLUICE_HOME'] = home;
      // Commander hands over the arguments, the options, and last the command itself, which no body needs.
      const given = args.slice(0, -1) as unknown as Args;
      onEnd((await body(openContext(terminal, json), ...given)) ?? exitCodes.ok);
    };
  };
  for (const define of commands) define(program, run);
  return program;
}
