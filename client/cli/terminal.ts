import { askAtTerminal } from './ask';

/** A stream that text goes to; `isTTY` and `columns` as Node's own have them. */
export interface Out {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** All that a command has of the world outside: replaced in tests. */
export interface Terminal {
  /** Results, and nothing else. */
  readonly stdout: Out;
  /** Progress, warnings, errors. */
  readonly stderr: Out;
  readonly env: Record<string, string | undefined>;
  /** Aborted by Ctrl-C. Whoever asks takes over from the default, which is to end at once. */
  interrupted(): AbortSignal;
  /** Asks the person at the terminal for a line; absent where there is none. */
  ask?(question: string): Promise<string>;
}

/** What the signal of `interrupted()` is aborted with. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export function processTerminal(): Terminal {
  let controller: AbortController | undefined;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    ...(process.stdin.isTTY ? { ask: askAtTerminal } : {}),
    interrupted: () => {
      controller ??= onInterrupt();
      return controller.signal;
    },
  };
}

/** The first Ctrl-C lets the command finish what it must; the second ends the process. */
function onInterrupt(): AbortController {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller;
}
