import { isClosed, isFinal, lateRow } from './closing';
import { floorToMultiple, toMicros } from './integers';
import type { LateRow, OracleRow, OracleWindow, Span, Value, WindowTable } from './model';

/** Windows that hold time `t`: every [start, start + size) with start a multiple of the slide and start in (t - size, t]. */
export function windowsOf(timeUs: bigint, sizeMs: number, slideMs: number): readonly Span[] {
  const [size, slide] = [toMicros(sizeMs), toMicros(slideMs)];
  const spans: Span[] = [];
  for (let startUs = floorToMultiple(timeUs, slide); startUs > timeUs - size; startUs -= slide)
    spans.push({ startUs, endUs: startUs + size });
  return spans;
}

interface OneWindow {
  readonly span: Span;
  readonly accepted: OracleRow[];
  published: readonly (readonly Value[])[];
}

/** Tumbling and hopping windows of one table, batch after batch. */
export function fixedWindowTable(window: OracleWindow): {
  apply(rows: readonly OracleRow[], beforeMs: bigint | undefined, afterMs: bigint | undefined): WindowTable;
} {
  const { shape, latenessMs, query } = window;
  if (shape.kind === 'session') throw new Error('a session is not of a fixed length');
  const slideMs = shape.kind === 'hop' ? shape.slideMs : shape.sizeMs;
  const windows = new Map<bigint, OneWindow>();
  const late: LateRow[] = [];

  return {
    apply(rows, beforeMs, afterMs) {
      const touched = new Set<bigint>();
      for (const row of rows) {
        const missed: Span[] = [];
        for (const span of windowsOf(row.timeUs, shape.sizeMs, slideMs)) {
          if (beforeMs !== undefined && isFinal(span.endUs, beforeMs, latenessMs)) {
            missed.push(span);
            continue;
          }
          const known = windows.get(span.startUs) ?? { span, accepted: [], published: [] };
          known.accepted.push(row);
          windows.set(span.startUs, known);
          touched.add(span.startUs);
        }
        // One late row over all windows that missed it, the newest of which stands first.
        const [last, first] = [missed[0], missed.at(-1)];
        if (last && first) late.push(lateRow(row, { startUs: first.startUs, endUs: last.endUs }, beforeMs!));
      }
      for (const [startUs, one] of windows) {
        const closesNow = isClosed(one.span.endUs, afterMs) && !isClosed(one.span.endUs, beforeMs);
        const amended = isClosed(one.span.endUs, afterMs) && touched.has(startUs);
        if (closesNow || amended) one.published = query.compute(one.accepted, one.span);
      }
      return { rows: [...windows.values()].flatMap(({ published }) => published), late: [...late] };
    },
  };
}
