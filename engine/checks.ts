import type { Session } from './engine';
import { checkUserQuery, embedded, userQueryError } from './user-query';

const SAMPLE_ROWS = 20;

export interface CheckInput {
  readonly name: string;
  /** The user's SELECT over `batch`; each row it returns breaks the rule. */
  readonly fails: string;
  /** SQL relation of the rows that the batch adds to the table, in parentheses. */
  readonly batch: string;
}

/** Counts the rows that break a rule, with a few of them as JSON text. Throws QUERY_FAILED when the SQL is wrong. */
export async function runCheck(
  session: Session,
  { name, fails, batch }: CheckInput,
): Promise<{ readonly failed: number; readonly sample: readonly string[] }> {
  const what = `check "${name}"`;
  await checkUserQuery(session, { what, sql: fails, relations: ['batch'] });
  const rows = `WITH batch AS (SELECT * FROM ${batch}) SELECT * FROM ${embedded(fails)}`;
  try {
    const [counted] = await session.rows<{ n: bigint }>(`SELECT count(*) AS n FROM (${rows})`);
    if (counted!.n === 0n) return { failed: 0, sample: [] };
    const sample = await session.rows<{ row: string }>(
      `SELECT to_json(r)::VARCHAR AS "row" FROM (SELECT * FROM (${rows}) ORDER BY ALL LIMIT ${SAMPLE_ROWS}) r`,
    );
    return { failed: Number(counted!.n), sample: sample.map(({ row }) => row) };
  } catch (error) {
    throw userQueryError(what, error);
  }
}
