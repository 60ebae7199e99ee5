import { floorTo, instant, micros, microsOf, withinRanges } from './window-sql';
import { wantedRanges } from '../../stream/windows';
import type { FixedWindows, WantedWindows } from '../../stream/windows';

const END = '"$ end"';

export interface FixedEventsInput {
  /** SQL relation of rows, in parentheses. */
  readonly source: string;
  readonly eventTime: string;
  readonly windows: FixedWindows;
  readonly wanted: WantedWindows;
}

/**
 * Rows with the windows they are in (columns window_start and window_end), for the wanted windows only: a row once per window.
 * A hopping window's row is copied size / slide times while it streams through; nothing is read twice.
 */
export function fixedEventsSql({ source, eventTime, windows, wanted }: FixedEventsInput): string {
  const size = micros(windows.sizeMs);
  const rows = `SELECT *, ${endsSql(eventTime, windows, wanted)} AS ${END} FROM ${source} WHERE ${withinRanges(eventTime, wantedRanges(wanted, windows))}`;
  return `(SELECT * EXCLUDE (${END}), make_timestamptz(${END} - ${size}) AS window_start, make_timestamptz(${END}) AS window_end FROM (${rows}) WHERE ${isWanted(END, wanted)})`;
}

/** Ends of the windows that hold a row: multiples of the slide in (t, t + size]. */
function endsSql(eventTime: string, { sizeMs, slideMs }: FixedWindows, { closing, again }: WantedWindows): string {
  const [time, size, slide] = [microsOf(eventTime), micros(sizeMs), micros(slideMs)];
  const first = `${floorTo(time, slide)} + ${slide}`;
  if (sizeMs === slideMs) return first;
  // Only ends that can be wanted are made: of an old row that waits for one window, not the thousand it was in.
  const leastMs = [
    ...(closing ? [closing.afterMs === undefined ? -Infinity : closing.afterMs + slideMs] : []),
    ...again,
  ];
  const mostMs = Math.max(...(closing ? [closing.untilMs] : []), ...again);
  const least = Math.min(...leastMs);
  const from = Number.isFinite(least) ? `greatest(${first}, ${micros(least)})` : first;
  return `unnest(range(${from}, least(${time} + ${size}, ${micros(mostMs)}) + 1, ${slide}))`;
}

/** Whether the window that ends at `end` (microseconds) is wanted. */
export function isWanted(end: string, { closing, again }: WantedWindows): string {
  const terms = [
    ...(closing
      ? [
          `(${closing.afterMs === undefined ? '' : `${end} > ${micros(closing.afterMs)} AND `}${end} <= ${micros(closing.untilMs)})`,
        ]
      : []),
    ...(again.length > 0 ? [`${end} IN (${again.map(micros).join(', ')})`] : []),
  ];
  return terms.length === 0 ? 'false' : `(${terms.join(' OR ')})`;
}

/** The rows of a batch for windows that no longer took them, in the shape of the `__late` table: one for each row and window. */
export function lateRowsSql(input: {
  /** SQL of rows with their windows, in parentheses. */
  readonly rows: string;
  readonly eventTime: string;
  /** The watermark at the start of the batch. */
  readonly watermarkMs: number;
  /** Where the rows come from, for windows over several streams. */
  readonly stream?: string;
}): string {
  const { rows, eventTime, watermarkMs, stream } = input;
  const time = microsOf(eventTime);
  return `SELECT ${stream === undefined ? '' : `'${stream}' AS stream, `}_partition, _offset, _timestamp, make_timestamptz(${time}) AS event_time, window_start, window_end,
    ${instant(watermarkMs)} AS watermark, (${micros(watermarkMs)} - ${time}) // 1000 AS delay_ms FROM ${rows}`;
}
