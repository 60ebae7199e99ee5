import { canonicalJson } from '../../base/json';
import type { Session } from '../../engine/engine';
import { planPanes } from '../../engine/panes/plan-panes';
import type { PlanInput } from '../../engine/panes/plan-panes';
import { micros } from '../../engine/windows/window-sql';
import { currentSchema } from '../../lake/iceberg/metadata';
import type { WindowDefinition } from '../../pipeline/model';
import { wantedRanges } from '../../stream/windows';
import type { FixedWindows, WantedWindows } from '../../stream/windows';
import { localFiles } from '../files';
import { ownFiles } from './stream-input';
import type { WindowWork } from './work';

export interface PaneWindowsInput {
  readonly window: WindowDefinition;
  readonly windows: FixedWindows;
  readonly wanted: WantedWindows;
}

/**
 * The wanted hopping windows from partial aggregates, which are kept per raw file: no raw row is read once per slide. Fills DuckDB table
 * `window_rows` and returns its name; undefined when the query cannot be served so and must run over the rows themselves.
 */
export async function runFromPanes(work: WindowWork, input: PaneWindowsInput): Promise<string | undefined> {
  const { deps, session, base, pipeline } = work;
  const { window, windows, wanted } = input;
  // Windows that do not overlap have nothing to share; a joined stream is another relation.
  if (windows.sizeMs === windows.slideMs || window.streams.length > 0) return undefined;
  const schema = currentSchema(base.raw.metadata);
  const { eventTime } = pipeline.source;
  const planned = await planOnce(session, { query: window.query, columns: schema.fields, eventTime });
  if ('reason' in planned) return undefined;
  const { plan } = planned;
  const scanned = await ownFiles(work, wantedRanges(wanted, windows));
  // A file's partial rows are kept for as long as the file: they would not see rows deleted of it later.
  if (scanned.some(({ deletes }) => deletes.length > 0)) return undefined;
  const found = scanned.map(({ file }) => file);
  const paths = await localFiles(deps, found);
  const files = found.map(({ filePath }, index) => ({ uri: filePath, localPath: paths[index]! }));
  const partials = await deps.panes.partials(session, { plan, schema, eventTime, windows, wanted, files });
  if ('reason' in partials) return undefined;
  try {
    await session.run(`create or replace table wanted_windows as ${windowsSql(partials.relation, windows, wanted)}`);
    const [counted] = await session.rows<{ n: bigint }>('select count(*) as n from wanted_windows');
    const sql = plan.windowsSql({
      partials: partials.relation,
      ...windows,
      windows: '(select * from wanted_windows)',
      windowCount: Number(counted!.n),
    });
    await session.run(`create or replace table window_rows as select * from (${sql}) order by all`);
  } finally {
    await partials.release();
  }
  return 'window_rows';
}

/** By query, columns and event time: looking at a query costs more than computing the windows of a small batch. */
const plans = new Map<string, Awaited<ReturnType<typeof planPanes>>>();

async function planOnce(session: Session, input: PlanInput): ReturnType<typeof planPanes> {
  const key = canonicalJson(input);
  const planned = plans.get(key) ?? (await planPanes(session, input));
  plans.set(key, planned);
  return planned;
}

/** The wanted windows that hold a partial row: one stray event long ago, or far ahead, must not make windows of all the time between. */
function windowsSql(partials: string, { sizeMs, slideMs }: FixedWindows, { closing, again }: WantedWindows): string {
  const [size, slide] = [micros(sizeMs), micros(slideMs)];
  const parts = again.map((endMs) => `select ${micros(endMs)} as e`);
  if (closing) {
    const { afterMs, untilMs } = closing;
    const first = afterMs === undefined ? `p + ${slide}` : `greatest(p + ${slide}, ${micros(afterMs + slideMs)})`;
    parts.push(
      `select unnest(range(${first}, least(p + ${size}, ${micros(untilMs)}) + 1, ${slide})) as e from (select distinct epoch_us(pane_start) as p from ${partials})`,
    );
  }
  return `select make_timestamptz(e - ${size}) as window_start, make_timestamptz(e) as window_end from (${parts.join(' union ')})`;
}
