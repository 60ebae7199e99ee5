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

/** The watermark before and after a batch; undefined when there is none yet. */
export interface WatermarkStep {
  readonly previousMs: number | undefined;
  readonly nextMs: number | undefined;
}

/**
 * End of the last window that watermark W has closed, undefined when there is no watermark yet. A window closes when W >= end - 1,
 * so every window that ends at or before the result is closed and no other. Ends are multiples of the slide. Pure.
 */
export function closedUntilMs(watermarkMs: number | undefined, slideMs: number): number | undefined {
  return watermarkMs === undefined ? undefined : windowStartMs(watermarkMs + 1, slideMs);
}

/** Whether some window of this shape can close when the watermark goes from `previousMs` to `nextMs`. Pure. */
export function closesWindows(shape: WindowShape, { previousMs, nextMs }: WatermarkStep): boolean {
  if (nextMs === undefined || nextMs === previousMs) return false;
  if (shape.kind === 'session') return true; // a session may end at any millisecond
  return closingEnds(fixedWindows(shape), { previousMs, nextMs }) !== undefined;
}

/** Ends of windows, (afterMs, untilMs]; without `afterMs` from the beginning of time. */
export interface EndRange {
  readonly afterMs?: number;
  readonly untilMs: number;
}

/** Windows to compute, by their ends: those that close now, and single ones that are computed again. */
export interface WantedWindows {
  readonly closing?: EndRange | undefined;
  readonly again: readonly number[];
}

/** The windows that close when the watermark takes this step; undefined when none does. Pure. */
export function closingEnds({ slideMs }: FixedWindows, { previousMs, nextMs }: WatermarkStep): EndRange | undefined {
  return endRange(closedUntilMs(previousMs, slideMs), closedUntilMs(nextMs, slideMs));
}

/** What windows are judged by in a batch. */
export interface Judgement {
  /** Before the batch. */
  readonly watermarkMs: number | undefined;
  /** Windows that this has passed are closed for good. */
  readonly finalMs: number | undefined;
}

/**
 * The judgement of a batch: windows are closed for good where the watermark is ahead of their end by the lateness, and stay so whatever the
 * lateness becomes (`knownMs`, of the batch before). Pure.
 */
export function judgement(input: {
  readonly watermarkMs: number | undefined;
  readonly latenessMs: number;
  readonly knownMs: number | undefined;
}): Judgement {
  const { watermarkMs, latenessMs, knownMs } = input;
  if (watermarkMs === undefined) return { watermarkMs, finalMs: knownMs };
  return { watermarkMs, finalMs: Math.max(watermarkMs - latenessMs, knownMs ?? -Infinity) };
}

/** The windows that were closed for good: a row that is in one of them is late for it. Pure. */
export function finalEnds({ slideMs }: FixedWindows, { finalMs }: Judgement): EndRange | undefined {
  return endRange(undefined, closedUntilMs(finalMs, slideMs));
}

/** The windows that were published and still take rows. Pure. */
export function amendableEnds({ slideMs }: FixedWindows, { watermarkMs, finalMs }: Judgement): EndRange | undefined {
  return endRange(closedUntilMs(finalMs, slideMs), closedUntilMs(watermarkMs, slideMs));
}

function endRange(afterMs: number | undefined, untilMs: number | undefined): EndRange | undefined {
  if (untilMs === undefined || (afterMs !== undefined && untilMs <= afterMs)) return undefined;
  return afterMs === undefined ? { untilMs } : { afterMs, untilMs };
}

/** A span of event time, [fromMs, toMs); an end that is missing is open. */
export interface TimeRange {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Far more spans than a scan prunes by cost more to test than they save. */
const MAX_RANGES = 16;

/** The event times of the rows that the wanted windows hold: few spans, in order, that cover all of them. Pure. */
export function wantedRanges(
  { closing, again }: WantedWindows,
  { sizeMs, slideMs }: FixedWindows,
): readonly TimeRange[] {
  const spans = again.map((endMs): TimeRange => ({ fromMs: endMs - sizeMs, toMs: endMs }));
  if (closing) {
    const { afterMs, untilMs } = closing;
    spans.push({ ...(afterMs === undefined ? {} : { fromMs: afterMs + slideMs - sizeMs }), toMs: untilMs });
  }
  return mergeRanges(spans);
}

/** The same times in at most a few spans that do not meet: neighbours are joined, then those with the smallest holes. Pure. */
export function mergeRanges(ranges: readonly TimeRange[]): readonly TimeRange[] {
  const sorted = [...ranges].sort((a, b) => from(a) - from(b));
  const merged: TimeRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && from(range) <= to(last)) merged[merged.length - 1] = joined(last, range);
    else merged.push(range);
  }
  while (merged.length > MAX_RANGES) {
    const holes = merged.slice(1).map((range, index) => from(range) - to(merged[index]!));
    const smallest = holes.indexOf(Math.min(...holes));
    merged.splice(smallest, 2, joined(merged[smallest]!, merged[smallest + 1]!));
  }
  return merged;
}

const from = ({ fromMs }: TimeRange): number => fromMs ?? -Infinity;
const to = ({ toMs }: TimeRange): number => toMs ?? Infinity;

function joined(a: TimeRange, b: TimeRange): TimeRange {
  const [fromMs, toMs] = [Math.min(from(a), from(b)), Math.max(to(a), to(b))];
  return { ...(fromMs === -Infinity ? {} : { fromMs }), ...(toMs === Infinity ? {} : { toMs }) };
}
