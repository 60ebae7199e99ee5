import type { Session } from './engine';
import { quoteIdent, quoteText, quoteTexts } from './sql';

export interface LoadRejectsInput {
  /** Reject spools (stream/reject-spool): key and value as base64. */
  readonly paths: readonly string[];
  readonly topic: string;
  /** Temporary table to make, with the columns of `<raw>__rejected`. */
  readonly into: string;
}

const SPOOL = `{p: 'INTEGER', o: 'BIGINT', t: 'BIGINT', k: 'VARCHAR', v: 'VARCHAR', r: 'VARCHAR', c: 'VARCHAR'}`;
/** A value of 1 MB is 1.4 MB of base64; Kafka's own limit can be raised far beyond. */
const MAX_LINE_BYTES = 1 << 30;

/**
 * Makes the rows of the rejected table from reject spools. Bytes that are UTF-8 stand as text; others stand as text with
 * replacement characters, for reading, and beside it as they were (`key_bytes`, `payload_bytes`): nothing is lost.
 */
export async function loadRejects(session: Session, { paths, topic, into }: LoadRejectsInput): Promise<bigint> {
  const text = (bytes: string): string => `try(decode(${bytes}))`;
  const lossy = (bytes: string): string => `coalesce(${text(bytes)}, decode(${bytes}, 'REPLACE'))`;
  await session.run(`
    CREATE OR REPLACE TEMP TABLE ${quoteIdent(into)} AS
    SELECT ${quoteText(topic)} AS _topic, p AS _partition, o AS _offset, make_timestamptz(t * 1000) AS _timestamp,
      ${lossy('key')} AS "key", CASE WHEN ${text('key')} IS NULL THEN key END AS key_bytes,
      ${lossy('payload')} AS payload, CASE WHEN ${text('payload')} IS NULL THEN payload END AS payload_bytes,
      c AS column_name, r AS reason
    FROM (
      SELECT * EXCLUDE (k, v), from_base64(k) AS key, from_base64(v) AS payload
      FROM read_json(${quoteTexts(paths)}, format = 'newline_delimited', columns = ${SPOOL}, maximum_object_size = ${MAX_LINE_BYTES})
    )
    ORDER BY _partition, _offset`);
  const [counted] = await session.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${quoteIdent(into)}`);
  return counted!.n;
}
