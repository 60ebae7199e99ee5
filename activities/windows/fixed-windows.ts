import { SluiceError } from '../../base/errors';
import { fixedEventsSql, isWanted, lateRowsSql, missedWindowsSql } from '../../engine/windows/fixed-windows-sql';
import { micros } from '../../engine/windows/window-sql';
import type { WindowIdentity } from '../../engine/windows/identity';
import type { WindowDefinition } from '../../pipeline/model';
import { amendableEnds, closingEnds, finalEnds, wantedRanges } from '../../stream/windows';
import type { EndRange, FixedWindows, Judgement, WantedWindows, WatermarkStep } from '../../stream/windows';
import { runFromPanes } from './pane-windows';
import { queryName, runWindowQuery } from './run-query';
import { countRows } from './stream-input';
import type { StreamInput } from './stream-input';
import type { ComputedWindow, WindowWork } from './work';

export interface FixedWindowsInput {
  readonly window: WindowDefinition;
  readonly windows: FixedWindows;
  readonly streams: readonly StreamInput[];
  readonly step: WatermarkStep;
  readonly judged: Judgement;
  readonly identity: WindowIdentity | undefined;
}

/**
 * Tumbling and hopping windows of a batch. Lateness is judged by the watermark before the batch, closing by the one after it: a window is
 * computed when it closes, and again, whole, when rows came for it within its lateness.
 */
export async function computeFixedWindows(work: WindowWork, input: FixedWindowsInput): Promise<ComputedWindow> {
  const { window, windows, step, judged, identity } = input;
  const late = await listLate(work, input, finalEnds(windows, judged));
  const again = await touchedEnds(work, input, amendableEnds(windows, judged));
  const wanted: WantedWindows = { closing: closingEnds(windows, step), again };
  const found = late === undefined ? {} : { late };
  if (wanted.closing === undefined && again.length === 0) return found;
  const rows = (await runFromPanes(work, { window, windows, wanted })) ?? (await runFromRows(work, input, wanted));
  if (identity === undefined) return { ...found, rows };
  await checkBounds(work, { input, identity, rows, wanted });
  return {
    ...found,
    rows,
    ...(again.length === 0 ? {} : { takenBack: await takeBack(work, identity, windows, again) }),
  };
}

/** The query over the rows of all wanted windows, in one scan. */
async function runFromRows(
  work: WindowWork,
  { window, windows, streams }: FixedWindowsInput,
  wanted: WantedWindows,
): Promise<string> {
  const ranges = wantedRanges(wanted, windows);
  const relations = await Promise.all(
    streams.map(async ({ name, eventTime, rows }) => ({
      name,
      sql: fixedEventsSql({ source: await rows(ranges), eventTime, windows, wanted }),
    })),
  );
  return runWindowQuery(work, window, relations);
}

/** Rows of the batch for windows that were closed for good before it. */
async function listLate(
  { session }: WindowWork,
  { streams, step, windows, window }: FixedWindowsInput,
  closed: EndRange | undefined,
): Promise<string | undefined> {
  if (closed === undefined || step.previousMs === undefined) return undefined;
  const parts: string[] = [];
  for (const { name, eventTime, newRows } of streams) {
    const source = await newRows(closed.untilMs);
    if (source === undefined) continue;
    const rows = missedWindowsSql({ source, eventTime, windows, untilMs: closed.untilMs });
    const stream = window.streams.length === 0 ? {} : { stream: name };
    parts.push(lateRowsSql({ rows, eventTime, watermarkMs: step.previousMs, ...stream }));
  }
  if (parts.length === 0) return undefined;
  await session.run(`create or replace table late_rows as ${parts.join(' union all ')} order by all`);
  return (await countRows(session, 'late_rows')) > 0 ? 'late_rows' : undefined;
}

/** Ends of published windows that the batch brought accepted rows for. */
async function touchedEnds(
  { session }: WindowWork,
  { streams, windows }: FixedWindowsInput,
  amendable: EndRange | undefined,
): Promise<readonly number[]> {
  if (amendable === undefined) return [];
  const ends = new Set<number>();
  for (const { eventTime, newRows } of streams) {
    const source = await newRows(amendable.untilMs);
    if (source === undefined) continue;
    const rows = fixedEventsSql({ source, eventTime, windows, wanted: { closing: amendable, again: [] } });
    const found = await session.rows<{ end_ms: bigint }>(`select distinct epoch_ms(window_end) as end_ms from ${rows}`);
    for (const { end_ms } of found) ends.add(Number(end_ms));
  }
  return [...ends].sort((a, b) => a - b);
}

/** What a window's rows are found by later must name a window that was computed: a query can give another value that name. */
async function checkBounds(
  { session }: WindowWork,
  given: {
    readonly input: FixedWindowsInput;
    readonly identity: WindowIdentity;
    readonly rows: string;
    readonly wanted: WantedWindows;
  },
): Promise<void> {
  const { input, identity, rows, wanted } = given;
  const { sizeMs, slideMs } = input.windows;
  const end = identity.bound === 'window_end' ? 'epoch_us(window_end)' : `(epoch_us(window_start) + ${micros(sizeMs)})`;
  const strange = await session.rows<{ bound: string }>(
    `select ${identity.bound}::varchar as bound from ${rows} where ${identity.bound} is null or not ${isWanted(end, wanted)} or ${end} % ${micros(slideMs)} <> 0 limit 1`,
  );
  if (strange.length === 0) return;
  throw new SluiceError(
    'QUERY_FAILED',
    `${queryName(input.window)}: it returns ${identity.bound} ${strange[0]!.bound ?? 'NULL'}, which is none of the windows that it was given`,
    { cure: `Return ${identity.bound} as it stands in events: the published rows of a window are found by it.` },
  );
}

async function takeBack(
  { session }: WindowWork,
  { bound }: WindowIdentity,
  { sizeMs }: FixedWindows,
  ends: readonly number[],
): Promise<string> {
  const values = ends.map((endMs) => `(make_timestamptz(${micros(bound === 'window_end' ? endMs : endMs - sizeMs)}))`);
  await session.run(`create or replace table taken_back as select * from (values ${values.join(', ')}) as t(${bound})`);
  return 'taken_back';
}
