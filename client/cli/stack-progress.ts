import { progressPrinter } from '../../stack/print-progress';
import type { OnProgress } from '../../stack/progress';
import type { Terminal } from './terminal';

/** Runs work of stack/ with its progress on standard error; Ctrl-C aborts it. */
export async function stackProgress<T>(
  terminal: Terminal,
  work: (onProgress: OnProgress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const printer = progressPrinter(terminal.stderr);
  const signal = terminal.interrupted();
  try {
    return await work(printer.onProgress, signal);
  } catch (error) {
    // What an abort looks like inside is of no interest.
    signal.throwIfAborted();
    throw error;
  } finally {
    printer.close();
  }
}
