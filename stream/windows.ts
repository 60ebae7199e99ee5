/** Start of the tumbling window [start, start + size) that holds `timeMs`; right for times before 1970 too. Pure. */
export function windowStartMs(timeMs: number, sizeMs: number): number {
  // `+ 0` turns -0 into 0.
  return Math.floor(timeMs / sizeMs) * sizeMs + 0;
}

/**
 * End of the last window that watermark W has closed, undefined when there is no watermark yet. A window closes when W >= end - 1,
 * so every window that ends at or before the result is closed and no other. Pure.
 */
export function closedUntilMs(watermarkMs: number | undefined, sizeMs: number): number | undefined {
  return watermarkMs === undefined ? undefined : windowStartMs(watermarkMs + 1, sizeMs);
}

/**
 * The union [fromMs, toMs) of the windows that close when the watermark goes from `previousMs` to `nextMs`; undefined when none does.
 * `fromMs` is undefined the first time: from the beginning of time. Pure.
 */
export function closingRange(input: {
  readonly sizeMs: number;
  readonly previousMs: number | undefined;
  readonly nextMs: number | undefined;
}): { readonly fromMs: number | undefined; readonly toMs: number } | undefined {
  const fromMs = closedUntilMs(input.previousMs, input.sizeMs);
  const toMs = closedUntilMs(input.nextMs, input.sizeMs);
  if (toMs === undefined || (fromMs !== undefined && toMs <= fromMs)) return undefined;
  return { fromMs, toMs };
}
