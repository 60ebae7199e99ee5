import { isSluiceError } from '../../base/errors';
import { Interrupted } from './terminal';

/** Exit statuses of every command; docs/client.md lists them. */
export const exitCodes = {
  ok: 0,
  /** It did not work, or what was verified is not right. */
  failed: 1,
  /** The command line is wrong: nothing was tried. */
  usage: 2,
  /** Ctrl-C: 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return exitCodes.interrupted;
  return isUsageError(error) || isSluiceError(error, 'BAD_INPUT') ? exitCodes.usage : exitCodes.failed;
}

/** Commander's errors carry a code of their own; goes by shape, for commander is loaded only to build the program. */
export function isUsageError(error: unknown): error is Error & { readonly code: string; readonly exitCode: number } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('commander.')
  );
}
