export interface ExplainParts {
  /** `EXPLAIN`, `EXPLAIN ANALYZE`, or empty: to be put before the checked query, with a space. */
  readonly prefix: '' | 'EXPLAIN ' | 'EXPLAIN ANALYZE ';
  /** What is explained: it goes through the same checks as any query. */
  readonly query: string;
}

const explain = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*explain\b\s*(analyze\b)?/i;

/**
 * EXPLAIN is the one allowed statement that json_serialize_sql does not print, so it is taken off the text by hand. Should a strange comment
 * mislead this, nothing is lost: only `prefix` and a query that passed the checks are ever run.
 */
export function splitExplain(sql: string): ExplainParts {
  const match = explain.exec(sql);
  if (!match) return { prefix: '', query: sql };
  return { prefix: match[1] ? 'EXPLAIN ANALYZE ' : 'EXPLAIN ', query: sql.slice(match[0].length) };
}
