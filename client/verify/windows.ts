import { formatTableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { checkUserQuery } from '../../engine/user-query';
import { fixedEventsSql } from '../../engine/windows/fixed-windows-sql';
import { notListedSql } from '../../engine/windows/listed-late';
import { SESSION, sessionEventsSql, sessionRowsSql, sessionsSql } from '../../engine/windows/sessions-sql';
import type { SessionShape } from '../../engine/windows/sessions-sql';
import { instant, micros, windowRowsSql } from '../../engine/windows/window-sql';
import { windowProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import { closedUntilMs, fixedWindows } from '../../stream/windows';
import { keptWindowsSql, latestOf } from './kept-windows';
import type { DroppedBefore } from './kept-windows';
import { differences } from './differences';
import { check } from './report';
import type { CheckReport, Problem } from './report';

export interface WindowRelations {
  readonly raw: string;
  /** Per window table: its rows, and those of its `__late` table. */
  readonly tables: ReadonlyMap<string, { readonly rows: string; readonly late: string }>;
  /** Per window table, the streams that it joins: those rows that its batches had read, no others. */
  readonly joined?: ReadonlyMap<string, readonly JoinedRows[]>;
}

export interface JoinedRows {
  readonly alias: string;
  readonly eventTime: string;
  readonly rows: string;
  /** Retention has dropped its rows before this. */
  readonly droppedBeforeMs?: number;
  /** Its topic was created again or cut since the window read it: which rows the window had cannot be told. */
  readonly isOther?: boolean;
}

export interface WindowsToCheck {
  readonly pipeline: Pipeline;
  readonly progress: Progress;
  readonly relations: WindowRelations;
  /** Of a window table whose query was changed: its windows that end up to then were computed by another query, and stay. Nothing by default. */
  readonly sinceMs?: (table: string) => number | undefined;
  /** Of a table that retention has dropped rows from: up to when. Nothing by default. */
  readonly droppedMs?: (table: string) => number | undefined;
}

/**
 * Runs each window query over the whole raw table, without the rows that were listed as late for the window, for all windows that the
 * watermark has closed, and compares with the published table as multisets. A query that joins tables of the lake is not run again: it read
 * them as they were at each batch; the report says so.
 */
export async function checkWindows(session: Session, input: WindowsToCheck): Promise<CheckReport> {
  const { pipeline, relations } = input;
  const problems: Problem[] = [];
  const skipped: string[] = [];
  const changed: string[] = [];
  const dropped: string[] = [];
  const untold: string[] = [];
  const others: string[] = [];
  for (const window of pipeline.windows) {
    const name = formatTableName(window.table);
    if (await joinsLake(session, window)) {
      skipped.push(name);
      continue;
    }
    if (relations.joined?.get(name)?.some(({ isOther }) => isOther)) {
      others.push(name);
      continue;
    }
    const { rows: all } = relations.tables.get(name)!;
    const sinceMs = input.sinceMs?.(name);
    const since = sinceMs === undefined ? 'true' : await endsAfter(session, { window, rows: all, sinceMs });
    if (since === undefined) {
      changed.push(name);
      continue;
    }
    const gone = droppedBefore(input, window);
    const kept = gone === undefined ? 'true' : await keptWindowsSql(session, { window, rows: all, dropped: gone });
    if (kept === undefined) {
      untold.push(name);
      continue;
    }
    if (gone) dropped.push(droppedText(name, gone));
    const rows = `(select * from ${all} where ${since} and ${kept})`;
    const expected = await expectedSql(session, input, window);
    await session.run(
      `create or replace temp table expected_rows as ${expected === undefined ? `select * from ${rows} where false` : `select * from (${expected}) where ${since} and ${kept}`}`,
    );
    const [missing, surplus] = await differences(session, { expected: 'expected_rows', found: rows });
    if (missing.count > 0)
      problems.push({
        table: name,
        message: `${missing.count} rows that follow from the raw table are missing, for example ${missing.rows[0]}`,
      });
    if (surplus.count > 0)
      problems.push({
        table: name,
        message: `${surplus.count} rows do not follow from the raw table, for example ${surplus.rows[0]}`,
      });
  }
  const compared = `${pipeline.windows.length - skipped.length - changed.length - untold.length - others.length} window tables computed again from the raw rows and compared row by row`;
  const unchecked = [
    ...(skipped.length === 0
      ? []
      : [`${skipped.join(', ')} joins tables of the lake as they were at each batch and is not computed again`]),
    ...(changed.length === 0
      ? []
      : [`the query of ${changed.join(', ')} was changed, and its rows do not say of which window they are`]),
    ...(others.length === 0
      ? []
      : [
          `the topic of a stream of ${others.join(', ')} was created again or cut, and which of its rows were read cannot be told`,
        ]),
    ...dropped,
    ...(untold.length === 0
      ? []
      : [
          `rows that ${untold.join(', ')} was computed from were dropped, and its own do not say of which window they are`,
        ]),
  ];
  return check('windows equal raw', [compared, ...unchecked].join('; '), problems);
}

/** Undefined when nothing that the window needs was dropped. */
function droppedBefore(
  { pipeline, relations, droppedMs }: WindowsToCheck,
  window: WindowDefinition,
): DroppedBefore | undefined {
  const name = formatTableName(window.table);
  const joined = relations.joined?.get(name) ?? [];
  const rawMs = latestOf([
    droppedMs?.(formatTableName(pipeline.table)),
    ...joined.map(({ droppedBeforeMs }) => droppedBeforeMs),
  ]);
  const ownMs = droppedMs?.(name);
  if (rawMs === undefined && ownMs === undefined) return undefined;
  return { ...(rawMs === undefined ? {} : { rawMs }), ...(ownMs === undefined ? {} : { ownMs }) };
}

function droppedText(name: string, { rawMs, ownMs }: DroppedBefore): string {
  const before = new Date(latestOf([rawMs, ownMs])!).toISOString().replace('.000Z', 'Z');
  return `windows of ${name} before ${before} are not computed again: retention dropped ${rawMs === undefined ? 'their results' : 'rows of theirs'}`;
}

/** SQL that is true of rows of windows that end later; undefined when the rows do not tell. */
async function endsAfter(
  session: Session,
  { window, rows, sinceMs }: { readonly window: WindowDefinition; readonly rows: string; readonly sinceMs: number },
): Promise<string | undefined> {
  const columns = await session.describe(`select * from ${rows}`);
  const has = (bound: string): boolean =>
    columns.some(({ name, type }) => name === bound && type === 'TIMESTAMP WITH TIME ZONE');
  if (has('window_end')) return `window_end > ${instant(sinceMs)}`;
  const { shape } = window;
  if (!has('window_start') || shape.kind === 'session') return undefined;
  return `window_start > ${instant(sinceMs - shape.sizeMs)}`;
}

async function joinsLake(session: Session, { table, query, streams }: WindowDefinition): Promise<boolean> {
  const what = `the query of ${formatTableName(table)}`;
  const relations = ['events', ...streams.map(({ alias }) => alias)];
  return (await checkUserQuery(session, { what, sql: query, relations, lakeTables: true })).length > 0;
}

/** The rows that the window's table should hold; undefined when no window is closed yet. */
async function expectedSql(
  session: Session,
  { pipeline, progress, relations }: WindowsToCheck,
  window: WindowDefinition,
): Promise<string | undefined> {
  const name = formatTableName(window.table);
  const { shape } = window;
  const watermarkMs = windowProgress(progress, name)?.watermarkMs;
  const { late } = relations.tables.get(name)!;
  const own: JoinedRows = { alias: 'events', eventTime: pipeline.source.eventTime, rows: relations.raw };
  if (shape.kind === 'session') {
    if (watermarkMs === undefined) return undefined;
    return windowRowsSql(window.query, [
      { name: 'events', sql: await closedSessions(session, { own, shape, late, watermarkMs }) },
    ]);
  }
  const windows = fixedWindows(shape);
  const joins = window.streams.length > 0;
  const untilMs = closedUntilMs(watermarkMs, windows.slideMs);
  if (untilMs === undefined) return undefined;
  const wanted = { closing: { untilMs }, again: [] };
  const streams = [own, ...(relations.joined?.get(name) ?? [])];
  const anyLate = (await countRows(session, late)) > 0;
  const seen = streams.map(async ({ alias, eventTime, rows }) => {
    const events = fixedEventsSql({ source: rows, eventTime, windows, wanted });
    if (!anyLate) return { name: alias, sql: events };
    // A late row names the windows that missed it by their span: of hopping windows the later ones may have taken it.
    const overlap = windows.sizeMs === windows.slideMs ? 'true' : 'e.window_end <= l.window_end';
    const and = joins ? `${overlap} and l.stream = '${alias}'` : overlap;
    return { name: alias, sql: await notListedSql(session, { raw: rows, rows: events, eventTime, late, and }) };
  });
  return windowRowsSql(window.query, await Promise.all(seen));
}

async function countRows(session: Session, relation: string): Promise<number> {
  const [row] = await session.rows<{ n: bigint }>(`select count(*) as n from ${relation}`);
  return Number(row!.n);
}

async function closedSessions(
  session: Session,
  input: {
    readonly own: JoinedRows;
    readonly shape: SessionShape;
    readonly late: string;
    readonly watermarkMs: number;
  },
): Promise<string> {
  const { own, shape, late, watermarkMs } = input;
  const source = await notListedSql(session, { raw: own.rows, eventTime: own.eventTime, late });
  const rows = sessionRowsSql({ source, eventTime: own.eventTime, shape, fresh: false });
  await session.run(
    `create or replace temp table closed_sessions as select * from (${sessionsSql(rows, shape)}) where ${SESSION.end} <= ${micros(watermarkMs + 1)}`,
  );
  return sessionEventsSql({ source, eventTime: own.eventTime, shape, sessions: 'closed_sessions' });
}
