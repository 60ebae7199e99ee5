import type { OnProgress, StackEvent } from './progress';

export interface ProgressPrinter {
  readonly onProgress: OnProgress;
  /** Clears the moving line of a terminal. */
  readonly close: () => void;
}

/**
 * Prints what the stack does. On a terminal: finished things as lines, and below them one moving line with what is under way. Elsewhere:
 * a line whenever something changes, and one every 15 s for work that goes on, so that a log shows that it lives.
 */
export function progressPrinter(out: {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}): ProgressPrinter {
  return out.isTTY === true ? terminalPrinter(out) : plainPrinter(out);
}

function terminalPrinter(out: { write(text: string): unknown; columns?: number }): ProgressPrinter {
  const active = new Map<string, StackEvent>();
  const clear = '\r\x1b[K';
  const redraw = () => {
    const line = [...active.values()].map((event) => `${event.text} ${seconds(event.elapsedMs)}`).join(' · ');
    const width = (out.columns ?? 80) - 1;
    out.write(`${clear}${line.length > width ? `${line.slice(0, width - 1)}…` : line}`);
  };
  return {
    onProgress: (event) => {
      if (event.kind === 'step') active.set(event.subject, event);
      else {
        active.delete(event.subject);
        out.write(`${clear}${finished(event)}\n`);
      }
      redraw();
    },
    close: () => void out.write(clear),
  };
}

function plainPrinter(out: { write(text: string): unknown }): ProgressPrinter {
  const said = new Map<string, { readonly text: string; readonly atMs: number }>();
  return {
    onProgress: (event) => {
      if (event.kind !== 'step') {
        said.delete(event.subject);
        out.write(`${finished(event)}\n`);
        return;
      }
      const last = said.get(event.subject);
      if (last?.text === event.text && Date.now() - last.atMs < 15_000) return;
      said.set(event.subject, { text: event.text, atMs: Date.now() });
      out.write(`  ${event.text}${event.elapsedMs >= 1000 ? ` (${seconds(event.elapsedMs)})` : ''}\n`);
    },
    close: () => undefined,
  };
}

function finished(event: StackEvent): string {
  return `${event.kind === 'done' ? '✓' : '!'} ${event.text} (${seconds(event.elapsedMs)})`;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
