import { runCli } from '../../../client/cli/run';
import { Interrupted } from '../../../client/cli/terminal';
import type { Terminal } from '../../../client/cli/terminal';

export interface FakeTerminal extends Terminal {
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
}

/** Collects what is written; `tty` makes both streams terminals. */
export function fakeTerminal(
  options: { readonly tty?: boolean; readonly env?: Record<string, string> } = {},
): FakeTerminal {
  const [out, err]: [string[], string[]] = [[], []];
  const controller = new AbortController();
  const tty = options.tty ? { isTTY: true as const, columns: 100 } : {};
  return {
    stdout: { write: (text) => out.push(text), ...tty },
    stderr: { write: (text) => err.push(text), ...tty },
    env: { ...options.env },
    interrupted: () => controller.signal,
    out: () => out.join(''),
    err: () => err.join(''),
    interrupt: () => controller.abort(new Interrupted()),
  };
}

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line as a user types it, in this process. */
export async function sluice(
  args: readonly string[],
  options: Parameters<typeof fakeTerminal>[0] = {},
): Promise<CliRun> {
  const terminal = fakeTerminal(options);
  const code = await runCli(args, terminal, '1.2.3');
  return { code, out: terminal.out(), err: terminal.err() };
}
