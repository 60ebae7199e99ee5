import type { Session } from '../../engine/engine';
import { RAW_KEY } from '../../engine/windows/listed-late';
import type { LedgerRow } from './ledger';
import { sum } from './ledger';
import { check, LISTED } from './report';
import type { CheckReport, Problem } from './report';

/** The pipeline's own rows in the `__late` table of one of its windows. */
export interface LateTable {
  readonly name: string;
  /** SQL relation, in parentheses. */
  readonly rows: string;
}

export interface LateInput {
  readonly raw: string;
  readonly tables: readonly LateTable[];
  /** Late tables of windows that the pipeline no longer has, and that were dropped with what they listed. */
  readonly dropped: readonly string[];
  readonly ledger: readonly LedgerRow[];
  /** Raw rows of event times before this were dropped on purpose: late rows of then name rows that are gone. */
  readonly droppedBeforeMs: number | undefined;
}

/**
 * Every late row that batches counted is listed, and every listed one is late: it is a raw row, listed once by its window, within the span of the
 * windows that it missed, and the watermark by which it was judged had passed all of them. Which lateness held then, the tables do not tell:
 * a row that was listed within it is seen by the comparison of windows only.
 */
export async function checkLate(session: Session, input: LateInput): Promise<CheckReport> {
  const { tables, dropped, ledger } = input;
  const problems: Problem[] = [];
  const found = new Map<number, number>();
  for (const table of tables) {
    const counts = await session.rows<{ p: number; n: bigint }>(
      `select _partition as p, count(*) as n from ${table.rows} group by all`,
    );
    for (const { p, n } of counts) found.set(p, (found.get(p) ?? 0) + Number(n));
    problems.push(...(await wrongRows(session, table, input)));
  }
  for (const partition of new Set([...ledger.map((row) => row.partition), ...found.keys()])) {
    const expected = sum(
      ledger.filter((row) => row.partition === partition),
      (row) => row.late,
    );
    const listed = found.get(partition) ?? 0;
    // What stood in a dropped table cannot be told from what is missing.
    if (dropped.length > 0 ? listed > expected : listed !== expected)
      problems.push({
        partition,
        message: `partition ${partition}: the ledger counts ${expected} late rows, the late tables hold ${listed}`,
      });
  }
  const total = sum(ledger, (row) => row.late);
  const listed = [...found.values()].reduce((all, count) => all + count, 0);
  const there =
    dropped.length === 0
      ? `${total} late rows of the ledger found in ${tables.length} late tables, each a raw row behind the watermark`
      : `${listed} of ${total} late rows of the ledger found in ${tables.length} late tables, the others are taken to have been listed in ${dropped.join(', ')}, which was dropped`;
  return check('late rows accounted', there, problems);
}

/** A topic that is put back from a copy has the same rows again, and they may all be late. */
function oftenSql(rows: string, raw: string): string {
  const counted = (relation: string): string => `(select ${RAW_KEY}, count(*) as n from ${relation} group by all)`;
  return `select ${RAW_KEY} from (select * from ${counted(rows)} where n > 1) l left join ${counted(`(select * from ${raw} semi join ${rows} using (${RAW_KEY}))`)} r using (${RAW_KEY}) where l.n > coalesce(r.n, 1)`;
}

/** What makes a listed row wrong, and how that is said of it. */
async function wrongRows(session: Session, { name, rows }: LateTable, input: LateInput): Promise<readonly Problem[]> {
  const standing = input.droppedBeforeMs === undefined ? '' : ` where epoch_ms(event_time) >= ${input.droppedBeforeMs}`;
  const rules = [
    ['stands there more often than it is a raw row', oftenSql(rows, input.raw)],
    [
      'is no raw row',
      `select ${RAW_KEY} from (select * from ${rows}${standing}) anti join ${input.raw} using (${RAW_KEY})`,
    ],
    [
      'lies in none of the windows it names',
      `select ${RAW_KEY} from ${rows} where event_time < window_start or event_time >= window_end`,
    ],
    [
      'was not late: its window was open to the watermark',
      `select ${RAW_KEY} from ${rows} where epoch_us(window_end) - 1000 > epoch_us(watermark)`,
    ],
  ] as const;
  const problems: Problem[] = [];
  for (const [what, sql] of rules) {
    const wrong = await session.rows<{ _partition: number; _offset: bigint; n: bigint }>(
      `select *, count(*) over () as n from (${sql}) order by _partition, _offset limit ${LISTED}`,
    );
    const [first] = wrong;
    if (!first) continue;
    const more = first.n > 1n ? ` and ${first.n - 1n} others` : '';
    problems.push({
      table: name,
      partition: first._partition,
      offsets: wrong.map(({ _offset }) => String(_offset)),
      message: `${name}: late row ${first._partition}/${first._offset}${more} ${what}`,
    });
  }
  return problems;
}
