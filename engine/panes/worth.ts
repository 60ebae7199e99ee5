import { filesRelation } from '../read-files';
import { quoteIdent } from '../sql';
import { instant } from '../windows/window-sql';
import type { WantedWindows } from '../../stream/windows';
import { namePrefix, type CacheWork, type RawFile } from './cache-work';
import { refusingRows } from './partial-file';

/** What was found when the rows of a window were last looked at. */
export interface Look {
  readonly groups: number;
  readonly events: number;
  /** How often it was relied on since. */
  uses: number;
}

/** Fewer events than this per group, and partial rows are hardly fewer than the events, at any slide. */
const EVENTS_PER_GROUP = 4;
/** One look costs about as much as a scan of one window. */
const USES_OF_A_LOOK = 64;
/** Too few to tell what a window usually holds. */
const FEW_EVENTS = 10_000;

/**
 * Why partial rows would cost more than the events themselves, undefined where they do not. It decides on the way, never on the result, so
 * an old look is no harm. Throws RowsRefused.
 */
export async function whyNotWorth(
  work: CacheWork & {
    readonly looks: Map<string, Look>;
    readonly wanted: WantedWindows;
    readonly files: readonly RawFile[];
  },
): Promise<string | undefined> {
  const { looks, plan, windows } = work;
  if (!plan.columns.some(({ name }) => name.startsWith('$k'))) return undefined;
  const name = `${namePrefix(work)}:${windows.sizeMs}`;
  const known = looks.get(name);
  const look = known !== undefined && known.uses < USES_OF_A_LOOK ? known : await lookAt(work);
  look.uses += 1;
  // A window that is not full yet says little about the next.
  if (look.events >= FEW_EVENTS) looks.set(name, look);
  if (look.events < FEW_EVENTS || look.groups * EVENTS_PER_GROUP <= look.events) return undefined;
  return `a window holds ${look.groups} groups of ${look.events} events, so its partial rows are hardly fewer`;
}

/** Groups and events of the last wanted window. */
async function lookAt(
  work: CacheWork & { readonly wanted: WantedWindows; readonly files: readonly RawFile[] },
): Promise<Look> {
  const { session, plan, windows, wanted, schema, eventTime, files } = work;
  const toMs = Math.max(...wanted.again, wanted.closing?.untilMs ?? -Infinity);
  const fromMs = toMs - windows.sizeMs;
  const source = filesRelation(
    schema,
    files.map(({ localPath }) => localPath),
  );
  const time = quoteIdent(eventTime);
  const [events] = await session.rows<{ n: bigint }>(
    `SELECT count(*) AS n FROM ${source} WHERE ${time} >= ${instant(fromMs)} AND ${time} < ${instant(toMs)}`,
  );
  if (Number(events!.n) < FEW_EVENTS) return { groups: 0, events: Number(events!.n), uses: 0 };
  const keys = plan.columns.filter(({ name }) => name.startsWith('$k')).map(({ name }) => quoteIdent(name));
  const rows = plan.partialSql({ source, eventTime, paneMs: windows.sizeMs, fromMs, toMs });
  const [groups] = await refusingRows(() =>
    session.rows<{ n: bigint }>(`SELECT count(*) AS n FROM (SELECT DISTINCT ${keys.join(', ')} FROM (${rows}))`),
  );
  return { groups: Number(groups!.n), events: Number(events!.n), uses: 0 };
}
