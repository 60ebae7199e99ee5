import { SluiceError } from '../../base/errors';
import { quoteIdent } from '../../engine/sql';
import { lateRowsSql } from '../../engine/windows/fixed-windows-sql';
import { notListedSql, RAW_KEY } from '../../engine/windows/listed-late';
import { keyColumns, SESSION, sessionEventsSql, sessionRowsSql, sessionsSql } from '../../engine/windows/sessions-sql';
import type { SessionShape } from '../../engine/windows/sessions-sql';
import { instant, micros, microsOf, floorTo, withinRanges } from '../../engine/windows/window-sql';
import type { WindowIdentity } from '../../engine/windows/identity';
import type { LoadedTable } from '../../lake/lake';
import type { WindowDefinition } from '../../pipeline/model';
import { mergeRanges, windowStartMs } from '../../stream/windows';
import type { Judgement, TimeRange, WatermarkStep } from '../../stream/windows';
import { scannedRows } from '../files';
import { queryName, runWindowQuery } from './run-query';
import { countRows, filesWithin } from './stream-input';
import type { StreamInput } from './stream-input';
import type { ComputedWindow, WindowWork } from './work';

export interface SessionWindowsInput {
  readonly window: WindowDefinition;
  readonly shape: SessionShape;
  readonly stream: StreamInput;
  /** The `__late` table: rows listed there are in no session. */
  readonly late: LoadedTable;
  readonly step: WatermarkStep;
  readonly judged: Judgement;
  /** No session that was open after the batch before begins earlier; undefined when that is not known. */
  readonly openFromMs: number | undefined;
  readonly identity: WindowIdentity;
}

const { start, end, fresh, key } = SESSION;

/**
 * Session windows of a batch. Sessions are a function of the set of accepted rows: those accepted before and the batch's. A session that
 * was closed for good before the batch takes no row (such rows are late); one that was published and is touched within its lateness is taken
 * back, and the session it becomes part of is published when that closes.
 */
export async function computeSessionWindows(work: WindowWork, input: SessionWindowsInput): Promise<ComputedWindow> {
  const { session } = work;
  const { window, shape, stream, step } = input;
  const { previousMs, nextMs } = step;
  const batch = await stream.newRows(Infinity);
  if (batch === undefined && nextMs === previousMs) return openState(input.openFromMs);
  const ranges = await readRanges(work, input, batch);
  const rows = await acceptedRows(work, input, ranges);
  await session.run(
    `create or replace table accepted as select * from (${sessionRowsSql({ source: rows.before, eventTime: stream.eventTime, shape, fresh: false })})`,
  );
  const all = `select * from accepted${batch === undefined ? '' : ` union all ${sessionRowsSql({ source: batch, eventTime: stream.eventTime, shape, fresh: true })}`}`;
  await session.run(
    `create or replace table merged as select *, ${fate(input)} as fate from (${sessionsSql(all, shape)})`,
  );
  const late = batch === undefined ? undefined : await listLate(work, input, batch);
  const found = late === undefined ? {} : { late };
  const state = await openSince(work, nextMs);
  const takenBack = await takeBack(work, input);
  const firing = await session.rows<{ n: bigint; from_us: bigint | null; to_us: bigint | null }>(
    `select count(*) as n, min(${start}) as from_us, max(${end}) as to_us from merged where fate = 'closes'`,
  );
  const { n, from_us, to_us } = firing[0]!;
  if (n === 0n) return { ...found, ...state, ...(takenBack === undefined ? {} : { takenBack }) };
  const source = `(select * from (${`select * from ${rows.before}${batch === undefined ? '' : ` union all select * from ${batch}`}`}) where ${microsOf(stream.eventTime)} >= ${from_us!} and ${microsOf(stream.eventTime)} < ${to_us!})`;
  const events = sessionEventsSql({
    source,
    eventTime: stream.eventTime,
    shape,
    sessions: "(select * from merged where fate = 'closes')",
  });
  const result = await runWindowQuery(work, window, [{ name: 'events', sql: events }]);
  await checkIdentity(work, input, result);
  return { ...found, ...state, rows: result, ...(takenBack === undefined ? {} : { takenBack }) };
}

/** What becomes of a session in this batch: `late` (its new rows are not accepted), `closes`, `open`, or `past` (nothing). */
function fate({ judged, step }: SessionWindowsInput): string {
  const { previousMs, nextMs } = step;
  const closedBy = (ms: number): string => `${end} <= ${micros(ms + 1)}`;
  const isLate = judged.finalMs === undefined ? 'false' : `${fresh} and ${closedBy(judged.finalMs)}`;
  const isOpen = nextMs === undefined ? 'true' : `not ${closedBy(nextMs)}`;
  const isPast = previousMs === undefined ? 'false' : `not ${fresh} and ${closedBy(previousMs)}`;
  return `case when ${isLate} then 'late' when ${isOpen} then 'open' when ${isPast} then 'past' else 'closes' end`;
}

/**
 * The event times that must be read: from the first open session on, and whole cells where a new row can touch a session that was
 * published. A published session that is read in part only is none that a new row touches, so nothing is made of it.
 */
async function readRanges(
  { session }: WindowWork,
  { shape, stream, step, openFromMs }: SessionWindowsInput,
  batch: string | undefined,
): Promise<readonly TimeRange[]> {
  const { previousMs } = step;
  if (previousMs === undefined) return [{}];
  const openFrom = openFromMs ?? windowStartMs(previousMs - shape.gapMs, shape.maxMs);
  const ranges: TimeRange[] = [{ fromMs: openFrom }];
  if (batch !== undefined) {
    const cell = floorTo(microsOf(stream.eventTime), micros(shape.maxMs));
    const cells = await session.rows<{ from_us: bigint }>(
      `select distinct ${cell} as from_us from ${batch} where ${quoteIdent(stream.eventTime)} <= ${instant(previousMs + 1)}`,
    );
    for (const { from_us } of cells) {
      const fromMs = Number(from_us / 1000n);
      ranges.push({ fromMs, toMs: fromMs + shape.maxMs });
    }
  }
  return mergeRanges(ranges);
}

/** Rows that were accepted before this batch, in the ranges. */
async function acceptedRows(
  work: WindowWork,
  { stream, late }: SessionWindowsInput,
  ranges: readonly TimeRange[],
): Promise<{ readonly before: string }> {
  const { deps, base, session, pipeline } = work;
  const committed = await filesWithin(deps, base.raw, pipeline.source.eventTime, ranges);
  const raw = await scannedRows(deps, base.raw, committed);
  const judged = stream.unseen === undefined ? '' : ` and not (${stream.unseen})`;
  const rows = `select * from ${raw} where ${withinRanges(stream.eventTime, ranges)}${judged}`;
  const lateFiles = await filesWithin(deps, late, 'event_time', ranges);
  if (lateFiles.length === 0) return { before: `(${rows})` };
  const columns = `${RAW_KEY}, event_time`;
  await session.run(
    `create or replace table listed_late as select ${columns} from ${await scannedRows(deps, late, lateFiles)}`,
  );
  const { eventTime } = stream;
  return { before: await notListedSql(session, { raw: `(${rows})`, eventTime, late: 'listed_late' }) };
}

async function listLate(
  { session }: WindowWork,
  { shape, stream, step }: SessionWindowsInput,
  batch: string,
): Promise<string | undefined> {
  if (step.previousMs === undefined) return undefined;
  const events = sessionEventsSql({
    source: batch,
    eventTime: stream.eventTime,
    shape,
    sessions: "(select * from merged where fate = 'late')",
  });
  await session.run(
    `create or replace table late_rows as ${lateRowsSql({ rows: events, eventTime: stream.eventTime, watermarkMs: step.previousMs })} order by all`,
  );
  return (await countRows(session, 'late_rows')) > 0 ? 'late_rows' : undefined;
}

/** Published sessions that are now part of one with accepted new rows. */
async function takeBack(
  { session }: WindowWork,
  { shape, step, identity }: SessionWindowsInput,
): Promise<string | undefined> {
  if (step.previousMs === undefined) return undefined;
  const bound = identity.bound === 'window_start' ? start : end;
  await session.run(
    `create or replace table taken_back as select ${keyColumns(shape, 'p.')}make_timestamptz(p.${bound}) as ${identity.bound}
     from (select * from (${sessionsSql('select * from accepted', shape)}) where ${end} <= ${micros(step.previousMs + 1)}) p
     asof join (select * from merged) m on p.${key} = m.${key} and p.${start} >= m.${start}
     where m.${fresh} and m.fate <> 'late' and p.${end} <= m.${end}`,
  );
  return (await countRows(session, 'taken_back')) > 0 ? 'taken_back' : undefined;
}

/** Where the next batch must begin to read: at the first session that is open now, or behind everything that is closed. */
async function openSince({ session }: WindowWork, nextMs: number | undefined): Promise<Pick<ComputedWindow, 'state'>> {
  const [row] = await session.rows<{ from_us: bigint | null }>(
    `select min(${start}) as from_us from merged where fate = 'open'`,
  );
  const fromUs = row!.from_us;
  if (fromUs === null && nextMs === undefined) return {};
  const closedMs = nextMs === undefined ? Infinity : nextMs + 1;
  const firstMs = fromUs === null ? Infinity : Number((fromUs - (((fromUs % 1000n) + 1000n) % 1000n)) / 1000n);
  return openState(Math.min(closedMs, firstMs));
}

const openState = (openFromMs: number | undefined): Pick<ComputedWindow, 'state'> =>
  openFromMs === undefined ? {} : { state: { openFromMs } };

/** The published rows of a session are found by its key and bound: what the query returns there must be one that closes now. */
async function checkIdentity(
  { session }: WindowWork,
  { window, shape, identity }: SessionWindowsInput,
  rows: string,
): Promise<void> {
  const bound = identity.bound === 'window_start' ? start : end;
  const same = [...identity.key, identity.bound].map(
    (name) => `r.${quoteIdent(name)} is not distinct from s.${quoteIdent(name)}`,
  );
  const strange = await session.rows<{ row: string }>(
    `select to_json(r)::varchar as row from ${rows} r where not exists (
       select 1 from (select ${keyColumns(shape, '')}make_timestamptz(${bound}) as ${identity.bound} from merged where fate = 'closes') s where ${same.join(' and ')}) limit 1`,
  );
  if (strange.length === 0) return;
  throw new SluiceError(
    'QUERY_FAILED',
    `${queryName(window)}: it returns a row of none of the sessions that it was given: ${strange[0]!.row}`,
    { cure: `Return ${[...identity.key, identity.bound].join(', ')} as they stand in events.` },
  );
}
