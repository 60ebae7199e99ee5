import { SluiceError } from '../base/errors';
import { parseJson } from '../base/json';
import { parseTableName, type TableName } from '../base/table-name';
import type { Session } from './engine';
import { quoteIdent, quoteText } from './sql';

/** Table functions that make rows of their arguments alone; all others could reach files, settings or secrets. */
const TABLE_FUNCTIONS = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);

/** Schemas and catalogs of DuckDB itself. */
const OWN_SCHEMAS = new Set(['information_schema', 'pg_catalog', 'system', 'temp', 'main', 'memory']);

/** Names that SQL takes for a function without parentheses. */
const CLOCKS = new Set(['current_timestamp', 'current_date', 'current_time', 'localtimestamp', 'localtime']);

/** Stable to DuckDB, but not to a retry on another machine. */
const UNREPEATABLE = [
  'current_setting',
  'getvariable',
  'current_database',
  'current_schema',
  'current_schemas',
  'current_user',
  'pg_backend_pid',
];

export interface UserQuery {
  /** What the SQL belongs to, for messages: `the window query of db.user_activity`. */
  readonly what: string;
  readonly sql: string;
  /** Names that it may read from; `events`, `batch`. */
  readonly relations: readonly string[];
  /** Refused is then also a query that leaves one of these names out. */
  readonly mustRead?: readonly string[];
  /** Whether it may also read tables of the lake, as namespace.name. */
  readonly lakeTables?: boolean;
}

/**
 * Checks SQL that came with a pipeline: one SELECT and nothing else, over the given relations and no other table, file or setting, without
 * clocks and chance: tried again it must give the same. Goes by DuckDB's own parser. The directories of `openEngine` are the second wall.
 * Returns the tables of the lake that it reads. Throws QUERY_FAILED.
 */
export async function checkUserQuery(
  session: Session,
  { what, sql, relations, mustRead = [], lakeTables = false }: UserQuery,
): Promise<readonly TableName[]> {
  const fail = (why: string, cure: string): never => {
    throw new SluiceError('QUERY_FAILED', `${what}: ${why}`, { cure });
  };
  const [row] = await session.rows<{ tree: string }>(`SELECT json_serialize_sql(${quoteText(sql)})::VARCHAR AS tree`);
  const tree = parseJson<ParseResult>(row!.tree);
  if (tree.error) {
    const why = tree.error_message ?? 'it cannot be parsed';
    fail(/serialize/.test(why) ? 'expected a SELECT' : why, 'Write one SELECT statement of DuckDB SQL.');
  }
  if (tree.statements?.length !== 1)
    fail(`expected one SELECT, found ${tree.statements?.length ?? 0} statements`, 'Write exactly one SELECT.');
  const found = collect(tree.statements);
  const known = new Set([...relations, ...found.ctes].map((name) => name.toLowerCase()));
  const others = [...new Set(found.tables.filter((table) => !known.has(table.toLowerCase())))];
  const readable = [...relations, ...(lakeTables ? ['tables of the lake as namespace.name'] : [])].join(', ');
  const stranger = others.find((table) => !lakeTables || !isLakeTable(table));
  if (stranger !== undefined) fail(`it reads ${stranger}; expected only ${readable}`, `Read from ${readable}.`);
  const read = new Set(found.tables.map((name) => name.toLowerCase()));
  const unread = mustRead.find((name) => !read.has(name.toLowerCase()));
  if (unread !== undefined)
    fail(`it never reads ${unread}`, `Read from ${unread}, or leave it out of the pipeline file.`);
  const maker = found.tableFunctions.find((name) => !TABLE_FUNCTIONS.has(name.toLowerCase()));
  if (maker !== undefined) fail(`table function ${maker} is not allowed`, `Read from ${readable}.`);
  if (found.shows) fail('DESCRIBE, SHOW and SUMMARIZE are not allowed', 'Write a SELECT.');
  if (found.samples)
    fail('a sample is another one each time', 'Choose rows by their values, for example hash(user_id) % 10 = 0.');
  const forbidden = await unrepeatableFunctions(session);
  const chance = [...found.functions, ...found.columns.filter((name) => CLOCKS.has(name.toLowerCase()))].find((name) =>
    forbidden.has(name.toLowerCase()),
  );
  if (chance !== undefined)
    fail(
      `${chance} gives another result each time`,
      'Use the event time, window_end or _timestamp: a batch that is tried again must give the same rows.',
    );
  return others.map(parseTableName);
}

/** `ns.name` with plain names, and not one of DuckDB's own schemas. */
function isLakeTable(text: string): boolean {
  const [namespace, name, ...rest] = text.split('.');
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;
  return (
    rest.length === 0 &&
    plain.test(namespace ?? '') &&
    plain.test(name ?? '') &&
    !OWN_SCHEMAS.has(namespace!.toLowerCase())
  );
}

/** An error of running user SQL as QUERY_FAILED with what it belongs to; others as they are. */
export function userQueryError(what: string, error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'INTERNAL') return error;
  return new SluiceError('QUERY_FAILED', `${what}: ${error.message}`, {
    cause: error.cause,
    cure: error.cure ?? 'Correct the SQL in the pipeline file.',
  });
}

/** SQL without a semicolon at its end, closed by a line break: a comment on the last line must not swallow what follows. */
export function embedded(sql: string): string {
  return `(${sql.trim().replace(/;\s*$/, '')}\n)`;
}

interface ParseResult {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

interface Found {
  readonly tables: string[];
  readonly ctes: string[];
  readonly tableFunctions: string[];
  readonly functions: string[];
  readonly columns: string[];
  shows: boolean;
  samples: boolean;
}

interface Node {
  readonly type?: unknown;
  readonly catalog_name?: string;
  readonly schema_name?: string;
  readonly table_name?: string;
  readonly function?: { readonly function_name?: string };
  readonly function_name?: string;
  readonly column_names?: readonly string[];
  readonly sample?: unknown;
  readonly cte_map?: { readonly map?: readonly { readonly key: string }[] };
}

function collect(tree: unknown): Found {
  const found: Found = {
    tables: [],
    ctes: [],
    tableFunctions: [],
    functions: [],
    columns: [],
    shows: false,
    samples: false,
  };
  // A list of its own instead of recursion: a long chain of ORs is a deep tree.
  const open: unknown[] = [tree];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === null || typeof next !== 'object') continue;
    note(next as Node, found);
    open.push(...Object.values(next).filter((child) => child !== undefined));
  }
  return found;
}

function note(node: Node, found: Found): void {
  if (node.type === 'BASE_TABLE')
    found.tables.push(
      [node.catalog_name, node.schema_name, node.table_name]
        .filter((part) => part !== '' && part !== undefined)
        // A dot inside a name is no namespace: "x.parquet" would be a file.
        .map((part) => (part!.includes('.') ? quoteIdent(part!) : part))
        .join('.'),
    );
  if (node.type === 'TABLE_FUNCTION') found.tableFunctions.push(String(node.function?.function_name));
  else if (node.function_name !== undefined) found.functions.push(node.function_name);
  if (node.type === 'COLUMN_REF' && node.column_names?.length === 1) found.columns.push(node.column_names[0]!);
  if (node.type === 'SHOW_REF') found.shows = true;
  if (node.sample) found.samples = true;
  for (const { key } of node.cte_map?.map ?? []) found.ctes.push(key);
}

/** The same in every session of this DuckDB; listing the functions takes longer than the window query of a small batch. */
let unrepeatable: ReadonlySet<string> | undefined;

async function unrepeatableFunctions(session: Session): Promise<ReadonlySet<string>> {
  unrepeatable ??= await listUnrepeatable(session);
  return unrepeatable;
}

async function listUnrepeatable(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows<{ name: string }>(
    `SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') AND function_name <> 'error'`,
  );
  return new Set([...rows.map(({ name }) => name.toLowerCase()), ...UNREPEATABLE, ...CLOCKS]);
}
