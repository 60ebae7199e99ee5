/** One thing the stack says while it works. `step` may repeat with the same text as time passes; `done` ends a subject's work. */
export interface StackEvent {
  /** A server (`kafka`) or an installed part (`java`). */
  readonly subject: string;
  readonly kind: 'step' | 'done' | 'warning';
  readonly text: string;
  readonly elapsedMs: number;
}

export type OnProgress = (event: StackEvent) => void;

/** Says `text` now and every second until `work` ends, so that long downloads show that they live. */
export async function withHeartbeat<T>(
  input: { readonly subject: string; readonly text: () => string; readonly onProgress: OnProgress },
  work: () => Promise<T>,
): Promise<T> {
  const startedMs = Date.now();
  const beat = () =>
    input.onProgress({
      subject: input.subject,
      kind: 'step',
      text: input.text(),
      elapsedMs: Date.now() - startedMs,
    });
  beat();
  const timer = setInterval(beat, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
