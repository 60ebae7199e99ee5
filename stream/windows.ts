import type { WindowShape } from '../pipeline/model';

/** Start of the tumbling window [start, start + size) that holds `timeMs`; right for times before 1970 too. Pure. */
export function windowStartMs(timeMs: number, sizeMs: number): number {
  // `+ 0` turns -0 into 0.
  return Math.floor(timeMs / sizeMs) * sizeMs + 0;
}

/** Windows of one length at a fixed distance: a tumbling window is one that hops by its own length. */
export interface FixedWindows {
  readonly sizeMs: number;
  readonly slideMs: number;
}

export function fixedWindows(shape: Exclude<WindowShape, { kind: 'session' }>): FixedWindows {
  return shape.kind === 'tumble' ? { sizeMs: shape.sizeMs, slideMs: shape.sizeMs } : shape;
}

/**
 * End of the last window that watermark W has closed, undefined when there is no watermark yet. A window closes when W >= end - 1,
 * so every window that ends at or before the result is closed and no other. Ends are multiples of the slide. Pure.
 */
export function closedUntilMs(watermarkMs: number | undefined, slideMs: number): number | undefined {
  return watermarkMs === undefined ? undefined : windowStartMs(watermarkMs + 1, slideMs);
}

/** Whether some window of this shape can close when the watermark goes from `previousMs` to `nextMs`. Pure. */
export function closesWindows(
  shape: WindowShape,
  { previousMs, nextMs }: { readonly previousMs: number | undefined; readonly nextMs: number | undefined },
): boolean {
  if (nextMs === undefined || nextMs === previousMs) return false;
  if (shape.kind === 'session') return true; // a session may end at any millisecond
  const { slideMs } = fixedWindows(shape);
  const [before, after] = [closedUntilMs(previousMs, slideMs), closedUntilMs(nextMs, slideMs)];
  return before === undefined || after! > before;
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
