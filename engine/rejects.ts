import type { Session } from './engine';
import { withLineLimit } from './line-limit';
import { quoteIdent, quoteText, quoteTexts } from './sql';

export interface LoadRejectsInput {
  /** Reject spools (stream/reject-spool): key and value as base64. */
  readonly paths: readonly string[];
  readonly topic: string;
  /** Temporary table to make, with the columns of `<raw>__rejected`. */
  readonly into: string;
}

const SPOOL = `{p: 'INTEGER', o: 'BIGINT', t: 'BIGINT', k: 'VARCHAR', v: 'VARCHAR', r: 'VARCHAR', c: 'VARCHAR'}`;

/**
 * Makes the rows of the rejected table from reject spools. Bytes that are UTF-8 stand as text; others stand as text with
 * a ? for what is none, for reading, and beside it as they were (`key_bytes`, `payload_bytes`): nothing is lost.
 */
export async function loadRejects(session: Session, { paths, topic, into }: LoadRejectsInput): Promise<bigint> {
  const text = (bytes: string): string => `decode(${bytes} || ''::BLOB, 'REPLACE')`;
  // Equal after the way back: then the text says it all.
  const inexact = (bytes: string): string => `CASE WHEN encode(${text(bytes)}) <> ${bytes} THEN ${bytes} END`;
  await withLineLimit((maxLineBytes) =>
    session.run(`
    CREATE OR REPLACE TEMP TABLE ${quoteIdent(into)} AS
    SELECT ${quoteText(topic)} AS _topic, p AS _partition, o AS _offset, make_timestamptz(t * 1000) AS _timestamp,
      ${text('key')} AS "key", ${inexact('key')} AS key_bytes,
      ${text('payload')} AS payload, ${inexact('payload')} AS payload_bytes,
      c AS column_name, r AS reason
    FROM (
      SELECT * EXCLUDE (k, v), from_base64(k) AS key, from_base64(v) AS payload
      FROM read_json(${quoteTexts(paths)}, format = 'newline_delimited', columns = ${SPOOL}, maximum_object_size = ${maxLineBytes})
    )
    ORDER BY _partition, _offset`),
  );
  const [counted] = await session.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${quoteIdent(into)}`);
  return counted!.n;
}
