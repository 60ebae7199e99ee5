import { describeError, isSluiceError } from '../../base/errors';
import { stringifyJson } from '../../base/json';
import { coloursFor } from './colours';
import { isUsageError } from './exit-codes';
import { Interrupted } from './terminal';
import type { Terminal } from './terminal';

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly cure: string | null };
}

/** What `--json` prints in place of a result. */
export function errorDocument(error: unknown): ErrorDocument {
  if (error instanceof Interrupted) return { error: { code: 'INTERRUPTED', message: error.message, cure: null } };
  if (isUsageError(error)) {
    const [first = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
    const hint = hints.join(' ').replaceAll(/[()]/g, '').trim();
    return { error: { code: 'BAD_INPUT', message: first, cure: hint || 'See the command’s --help.' } };
  }
  if (isSluiceError(error)) {
    return { error: { code: error.code, message: error.message, cure: error.cure ?? null } };
  }
  return { error: { code: 'INTERNAL', message: describeError(error), cure: null } };
}

/** One line that says what happened, one that says what to do; with `--json` one document on standard output. */
export function printError(error: unknown, terminal: Terminal, json: boolean): void {
  const document = errorDocument(error);
  if (json) {
    terminal.stdout.write(`${stringifyJson(document, terminal.stdout.isTTY === true ? 2 : undefined)}\n`);
    return;
  }
  const { code, message, cure } = document.error;
  const colours = coloursFor(terminal.stderr, terminal.env);
  terminal.stderr.write(`${colours.red('sluice:')} ${message} ${colours.dim(`[${code}]`)}\n`);
  if (cure !== null) terminal.stderr.write(`  -> ${cure}\n`);
  if (terminal.env['SLUICE_DEBUG'] && error instanceof Error) terminal.stderr.write(`${error.stack ?? ''}\n`);
}
