import type { Session } from '../../engine/engine';
import { quoteText } from '../../engine/sql';

/** A bag of rows, whatever their order: equal fingerprints stand for equal bags, but for a chance of 1 in 2^64 and less. */
export interface Fingerprint {
  readonly rows: number;
  /** Of user_id in raw tables, of cnt in windows; exact. */
  readonly sum: string;
  /** Sum and xor of two 64-bit hashes of each row. */
  readonly hash: string;
}

export type Kind = 'raw' | 'windows';

const MINUTE_US = 60_000_000;

/** Every value of a row in a form that does not depend on who wrote it: times as microseconds, a map by its keys. */
const VALUES: Readonly<Record<Kind, string>> = {
  raw: "user_id::BIGINT, epoch_us(event_time), event_type::VARCHAR, cardinality(properties)::BIGINT, properties['page']::VARCHAR, properties['device']::VARCHAR, properties['session']::VARCHAR",
  windows:
    'epoch_us(window_start), epoch_us(window_end), user_id::BIGINT, event_type::VARCHAR, cnt::BIGINT, epoch_us(last_event)',
};

/** Rows of `relation` (SQL in parentheses) that count: windows only up to where every contender must have closed them. */
export function comparedSql(kind: Kind, relation: string, closedUntilUs: bigint): string {
  return kind === 'raw' ? relation : `(SELECT * FROM ${relation} WHERE epoch_us(window_end) <= ${closedUntilUs})`;
}

export function fingerprintSql(kind: Kind, relation: string): string {
  const values = VALUES[kind];
  const sum = kind === 'raw' ? 'user_id' : 'cnt';
  return `SELECT count(*)::VARCHAR AS rows, coalesce(sum(${sum}), 0)::HUGEINT::VARCHAR AS sum,
    coalesce(sum(hash(${values})::HUGEINT), 0)::VARCHAR || '/' || coalesce(bit_xor(hash(7, ${values})), 0)::VARCHAR AS hash FROM ${relation}`;
}

export async function fingerprint(session: Session, kind: Kind, relation: string): Promise<Fingerprint> {
  const [row] = await session.rows<{ rows: string; sum: string; hash: string }>(fingerprintSql(kind, relation));
  return { rows: Number(row!.rows), sum: row!.sum, hash: row!.hash };
}

export function sameRows(a: Fingerprint, b: Fingerprint): boolean {
  return a.rows === b.rows && a.sum === b.sum && a.hash === b.hash;
}

/** Up to `limit` rows that one of two relations has more often than the other, as text. */
export async function differingRows(
  session: Session,
  input: { readonly kind: Kind; readonly found: string; readonly expected: string; readonly limit: number },
): Promise<readonly string[]> {
  const values = VALUES[input.kind];
  const only = (side: string, one: string, other: string): string =>
    `(SELECT ${quoteText(side)} AS side, row FROM (SELECT row(${values}) AS row FROM ${one} EXCEPT ALL SELECT row(${values}) AS row FROM ${other}))`;
  const rows = await session.rows<{ line: string }>(
    `SELECT side || ' ' || row::VARCHAR AS line FROM (FROM ${only('missing', input.expected, input.found)} UNION ALL FROM ${only('extra', input.found, input.expected)}) LIMIT ${input.limit}`,
  );
  return rows.map(({ line }) => line);
}

/** What a job must give, by plain SQL over the lines: the slow and obvious way. */
export function expectedRelation(kind: Kind, linesFile: string): string {
  const lines = `(SELECT * REPLACE (event_time::TIMESTAMPTZ AS event_time) FROM read_json(${quoteText(linesFile)}, format = 'newline_delimited',
    columns = {user_id: 'BIGINT', event_time: 'VARCHAR', event_type: 'VARCHAR', properties: 'MAP(VARCHAR, VARCHAR)'}))`;
  if (kind === 'raw') return lines;
  return `(SELECT make_timestamptz(minute * ${MINUTE_US}) AS window_start, make_timestamptz((minute + 1) * ${MINUTE_US}) AS window_end, user_id, event_type, cnt, last_event
    FROM (SELECT epoch_us(event_time) // ${MINUTE_US} AS minute, user_id, event_type, count(*) AS cnt, max(event_time) AS last_event FROM ${lines} GROUP BY ALL))`;
}
