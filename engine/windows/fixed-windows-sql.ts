import { quoteIdent } from '../sql';
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

export interface MissedInput {
  readonly source: string;
  readonly eventTime: string;
  readonly windows: FixedWindows;
  /** End of the last window that takes no more rows. */
  readonly untilMs: number;
}

/**
 * Rows that came too late for a window, each once: window_start is the start of the first window that missed it, window_end the end of the
 * last one. They follow each other, so the span says all of them; of a tumbling window it is the window.
 */
export function missedWindowsSql({ source, eventTime, windows, untilMs }: MissedInput): string {
  const [time, size, slide, until] = [
    microsOf(eventTime),
    micros(windows.sizeMs),
    micros(windows.slideMs),
    micros(untilMs),
  ];
  const slot = floorTo(time, slide);
  return `(SELECT *, make_timestamptz(${slot} + ${slide} - ${size}) AS window_start, make_timestamptz(least(${slot} + ${size}, ${until})) AS window_end FROM ${source} WHERE ${quoteIdent(eventTime)} < ${instant(untilMs)})`;
}

/** Late rows in the shape of the `__late` table. */
export function lateRowsSql(input: {
  /** SQL of rows with the windows that missed them, in parentheses. */
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
