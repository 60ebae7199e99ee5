import type { Session } from '../../engine/engine';
import { instant } from '../../engine/windows/window-sql';
import type { WindowDefinition } from '../../pipeline/model';

/** Up to where retention has dropped rows that a window table's check would need. */
export interface DroppedBefore {
  /** Of the raw table, or of one that the window joins: windows that begin earlier are no longer complete. */
  readonly rawMs?: number;
  /** Of the window table itself: by its window_start, or its window_end where it has no other. */
  readonly ownMs?: number;
}

/**
 * SQL that is true of rows of windows that can still be computed again and whose results are still there; undefined when the rows do not
 * tell of which window they are.
 */
export async function keptWindowsSql(
  session: Session,
  input: { readonly window: WindowDefinition; readonly rows: string; readonly dropped: DroppedBefore },
): Promise<string | undefined> {
  const { window, rows, dropped } = input;
  const columns = await session.describe(`select * from ${rows}`);
  const has = (bound: string): boolean =>
    columns.some(({ name, type }) => name === bound && type === 'TIMESTAMP WITH TIME ZONE');
  const [start, end] = [has('window_start'), has('window_end')];
  if (!start && !end) return undefined;
  const conditions: string[] = [];
  if (dropped.rawMs !== undefined)
    conditions.push(
      start
        ? `window_start >= ${instant(dropped.rawMs)}`
        : `window_end >= ${instant(dropped.rawMs + longestMs(window))}`,
    );
  if (dropped.ownMs !== undefined)
    conditions.push(`${start ? 'window_start' : 'window_end'} >= ${instant(dropped.ownMs)}`);
  return conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
}

/** The longest that a window can be. */
function longestMs({ shape }: WindowDefinition): number {
  return shape.kind === 'session' ? shape.maxMs + shape.gapMs : shape.sizeMs;
}

/** The latest of some times; undefined when there is none. */
export function latestOf(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
