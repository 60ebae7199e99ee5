import { createInterface } from 'node:readline/promises';
import { SluiceError } from '../../base/errors';
import type { CommandContext } from './context';

/**
 * Asks a yes-or-no question; only `y` and `yes` are a yes. Throws BAD_INPUT where nobody can answer: `--json`, or no terminal.
 */
export async function askYes(
  { json, terminal }: Pick<CommandContext, 'json' | 'terminal'>,
  question: string,
): Promise<boolean> {
  if (json || terminal.ask === undefined) {
    throw new SluiceError('BAD_INPUT', `"${question}" needs an answer, and there is no terminal to ask at`, {
      cure: 'Give the answer with --yes, or look only with --dry-run.',
    });
  }
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim());
}

/** Reads a line from standard input. */
export async function askAtTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
