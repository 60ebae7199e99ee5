import type { Session } from '../engine';

/** DuckDB's functions by what they do to rows. Names are lower case. */
export interface Functions {
  readonly aggregates: ReadonlySet<string>;
  /** One value from the values of one row, the same each time. */
  readonly scalars: ReadonlySet<string>;
}

/** Macros of DuckDB that are one plain expression. Others hide an aggregate or make several rows. */
const PLAIN_MACROS = ['nullif', 'split_part', 'date_add', 'fmod', 'fdiv', 'list_append', 'list_prepend', 'round_even'];

export async function loadFunctions(session: Session): Promise<Functions> {
  const rows = await session.rows<{ name: string; kind: string }>(
    `SELECT lower(function_name) AS name, function_type AS kind FROM duckdb_functions() WHERE function_type IN ('aggregate', 'scalar')
     GROUP BY ALL HAVING bool_and(coalesce(stability, 'CONSISTENT') = 'CONSISTENT')`,
  );
  const named = (kind: string): string[] => rows.filter((row) => row.kind === kind).map(({ name }) => name);
  const aggregates = new Set([...named('aggregate'), 'count_star']);
  const scalars = new Set([...named('scalar'), ...PLAIN_MACROS].filter((name) => !aggregates.has(name)));
  return { aggregates, scalars };
}
