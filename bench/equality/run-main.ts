export interface Verdict {
  readonly ok: boolean;
  /** Last on standard output, after all that was left behind is cleared away. */
  readonly text: string;
}

/** Runs a bench: prints its verdict and sets the exit status. What a user got wrong is said without a stack. */
export function runMain(name: string, run: () => Promise<Verdict>): void {
  run().then(
    ({ ok, text }) => {
      process.stdout.write(text);
      if (!ok) process.exitCode = 1;
    },
    (error: unknown) => {
      process.stderr.write(`${name}: ${describe(error)}\n`);
      process.exit(1);
    },
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--');
  return isUsage ? `${error.message}; --help lists the options` : (error.stack ?? error.message);
}
