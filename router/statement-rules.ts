/** Functions that may stand in FROM: they make rows from their arguments and touch nothing else. */
export const tableFunctions: ReadonlySet<string> = new Set([
  'generate_series',
  'generate_subscripts',
  'json_each',
  'json_tree',
  'range',
  'repeat',
  'repeat_row',
  'summary',
  'unnest',
  // DuckDB's own reference lists: the same for everyone.
  'duckdb_functions',
  'duckdb_keywords',
  'duckdb_types',
  'icu_calendar_names',
  'pg_timezone_names',
]);

/**
 * Functions that no query needs and that see or change more than its rows: settings, variables, the environment, sequences, the engine's log, SQL inside
 * of SQL that these rules would not see. Sleeping holds a place that others wait for.
 */
export const refusedFunctions: ReadonlySet<string> = new Set([
  'current_setting',
  'currval',
  'getenv',
  'getvariable',
  'json_deserialize_sql',
  'json_serialize_plan',
  'json_serialize_sql',
  'nextval',
  'pg_conf_load_time',
  'pg_get_viewdef',
  'pg_sleep',
  'set_config',
  'sleep_ms',
  'write_log',
]);

/** Families of functions that reach files, settings or the engine itself, whatever a later version adds to them. */
export const refusedPrefixes: readonly string[] = [
  'read_',
  'write_',
  'parquet_',
  'pragma_',
  'duckdb_',
  'query',
  'enable_',
  'disable_',
  'sniff_',
  'iceberg_',
  'load_',
  'which_',
];

/** The parts of information_schema that are answered from the lake's catalog. */
export const catalogViews: ReadonlySet<string> = new Set(['tables', 'columns', 'schemata']);

/** What stands in FROM, by DuckDB's own names for it; anything else is refused until someone has thought about it. */
export const tableRefs: ReadonlySet<string> = new Set([
  'BASE_TABLE',
  'SUBQUERY',
  'JOIN',
  'TABLE_FUNCTION',
  'EXPRESSION_LIST',
  'EMPTY',
  'PIVOT',
  'SHOW_REF',
]);
