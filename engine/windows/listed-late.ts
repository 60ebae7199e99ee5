import type { Session } from '../engine';
import { quoteIdent } from '../sql';
import { microsOf } from './window-sql';

/**
 * What a row of a `__late` table is found by. It names one row, but where a topic was created again or its log was cut an offset stands twice
 * (decision 005), and with it the timestamp where a topic was put back from a copy.
 */
export const RAW_KEY = '_partition, _offset, _timestamp';

export interface ListedInput {
  /** SQL relation of raw rows, in parentheses. */
  readonly raw: string;
  /** The same rows, or these with the windows they are in. */
  readonly rows?: string;
  readonly eventTime: string;
  /** SQL relation in the shape of a `__late` table, in parentheses or a name. */
  readonly late: string;
  /** What else must hold of a row `e` and a listed one `l`, as SQL. */
  readonly and?: string;
}

/**
 * SQL relation, in parentheses, of the rows that are not listed as late. Of equal copies of a row as many are taken as listed, whichever: they are equal.
 */
export async function notListedSql(session: Session, input: ListedInput): Promise<string> {
  const { raw, rows = raw, eventTime, late, and = 'true' } = input;
  const same = `e._partition = l._partition and e._offset = l._offset and e._timestamp = l._timestamp and epoch_us(e.${quoteIdent(eventTime)}) = epoch_us(l.event_time) and ${and}`;
  const unlisted = `select * from ${rows} e anti join ${late} l on ${same}`;
  if (!(await hasCopies(session, raw, late))) return `(${unlisted})`;
  const window = rows === raw ? '' : ', window_end';
  const counted = `select e.*, row_number() over (partition by ${RAW_KEY}, ${microsOf(eventTime)}${window} order by e) as "$ copy", (select count(*) from ${late} l where ${same}) as "$ listed" from ${rows} e semi join ${late} l on ${same}`;
  return `(${unlisted} union all select * exclude ("$ copy", "$ listed") from (${counted}) where "$ copy" > "$ listed")`;
}

async function hasCopies(session: Session, raw: string, late: string): Promise<boolean> {
  const found = await session.rows(
    `select 1 from ${raw} semi join ${late} using (${RAW_KEY}) group by ${RAW_KEY} having count(*) > 1 limit 1`,
  );
  return found.length > 0;
}
