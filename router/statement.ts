import { SluiceError } from '../base/errors';
import {
  catalogViews,
  refusedFunctions,
  refusedPrefixes,
  shapeLimits,
  tableFunctions,
  tableRefs,
} from './statement-rules';

/** A table as the query names it. */
export interface TableRef {
  readonly namespace: string;
  readonly name: string;
}

export interface Statement {
  /** Distinct, in the order of their first mention in DuckDB's tree. */
  readonly tables: readonly TableRef[];
  /** The query reads information_schema: every table of the ref must be known by name and columns. */
  readonly readsCatalog: boolean;
  /** SHOW TABLES and its kin: answered from the catalog; `namespace` narrows it. */
  readonly show?: { readonly kind: 'tables' | 'schemas'; readonly namespace?: string };
}

/** A node of the tree that DuckDB's json_serialize_sql prints. */
type Node = Readonly<Record<string, unknown>>;

interface Serialized {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly { readonly node: Node }[];
}

const readOnly = 'Only one SELECT, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES or EXPLAIN is taken here.';

/**
 * Reads the tree of one statement (DuckDB's own parser made it, so quoting, comments and nesting are understood as the engine will understand them) and
 * lets pass only what reads lake tables. Pure. Throws QUERY_FAILED for text that is no SQL, QUERY_REFUSED for SQL that is not allowed.
 */
export function readStatement(sql: string, treeText: string): Statement {
  const tree = JSON.parse(treeText) as Serialized;
  if (tree.error) throw serializeError(sql, tree);
  const statements = tree.statements ?? [];
  if (statements.length !== 1)
    throw refused(
      statements.length === 0 ? 'there is no statement' : `found ${statements.length} statements, expected one`,
    );
  const root = statements[0]!.node;
  const show = showOf(root);
  const found = walk(sql, root, show === undefined);
  return { ...found, ...(show && { show }) };
}

function serializeError(
  sql: string,
  { error_type: type, error_message: message = '', position }: Serialized,
): SluiceError {
  if (type === 'not implemented') return refused('this kind of statement is not allowed');
  return new SluiceError(
    'QUERY_FAILED',
    `Parser Error: ${message}${position === undefined ? '' : lineText(sql, Number(position))}`,
  );
}

function refused(problem: string, cure = readOnly): SluiceError {
  return new SluiceError('QUERY_REFUSED', problem, { cure });
}

/** Walks without recursion: the depth of a tree is the client's choice. */
function walk(
  sql: string,
  root: Node,
  isQuery: boolean,
): { readonly tables: readonly TableRef[]; readonly readsCatalog: boolean } {
  const tables = new Map<string, TableRef>();
  const unqualified: Node[] = [];
  const ctes = new Set<string>();
  const count = { nodes: 0, tables: 0, setOperations: 0, inlinedCtes: 0 };
  let readsCatalog = false;
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const item = stack.pop();
    if (item === null || typeof item !== 'object') continue;
    count.nodes += 1;
    if (Array.isArray(item)) {
      for (const child of item as readonly unknown[]) stack.push(child);
      continue;
    }
    const node = item as Node;
    const type = String(node['type']);
    if (type === 'SET_OPERATION_NODE') count.setOperations += 1;
    if (node['materialized'] === 'CTE_MATERIALIZE_NEVER') count.inlinedCtes += 1;
    for (const name of cteNames(node)) ctes.add(name.toLowerCase());
    if (isTableRef(node)) {
      if (!tableRefs.has(type)) throw refused(`${type} is not allowed in FROM${place(sql, node)}`);
      if (type === 'SHOW_REF' && isQuery && !isDescribe(node))
        throw refused(
          `SHOW is not allowed inside a query${place(sql, node)}`,
          'Select from information_schema.tables instead.',
        );
      if (type === 'TABLE_FUNCTION') checkTableFunction(sql, node);
      if (type === 'BASE_TABLE') {
        count.tables += 1;
        const ref = tableRefOf(sql, node);
        if (ref === undefined) unqualified.push(node);
        else if (ref.namespace.toLowerCase() === 'information_schema') readsCatalog = true;
        else tables.set(`${ref.namespace}\u0000${ref.name}`, ref);
      }
    } else if (node['class'] === 'FUNCTION') {
      checkFunction(sql, node);
    }
    for (const [key, child] of Object.entries(node)) {
      // The function of a TABLE_FUNCTION is judged by its own list; its arguments by the common one.
      if (key === 'function' && type === 'TABLE_FUNCTION') stack.push((child as Node)['children']);
      else stack.push(child);
    }
    if (count.nodes > shapeLimits.nodes) break;
  }
  checkShape(count);
  for (const node of unqualified) checkIsCte(sql, node, ctes);
  return { tables: [...tables.values()], readsCatalog };
}

function isTableRef(node: Node): boolean {
  return 'alias' in node && 'sample' in node && !('class' in node);
}

function isDescribe(node: Node): boolean {
  return node['show_type'] === 'DESCRIBE' || node['show_type'] === 'SUMMARY';
}

function cteNames(node: Node): readonly string[] {
  const map = (node['cte_map'] as { readonly map?: readonly { readonly key: string }[] } | undefined)?.map ?? [];
  const own = typeof node['cte_name'] === 'string' ? [node['cte_name']] : [];
  return [...map.map(({ key }) => key), ...own];
}

function checkTableFunction(sql: string, node: Node): void {
  const call = node['function'] as Node;
  const name = String(call['function_name']).toLowerCase();
  if (tableFunctions.has(name)) return;
  throw refused(
    `function ${name} is not allowed in FROM${place(sql, call)}`,
    'Read lake tables by their name, namespace.table; files, settings and other servers are out of reach.',
  );
}

function checkFunction(sql: string, node: Node): void {
  const name = String(node['function_name']).toLowerCase();
  if (!refusedFunctions.has(name) && !refusedPrefixes.some((prefix) => name.startsWith(prefix))) return;
  throw refused(
    `function ${name} is not allowed${place(sql, node)}`,
    'Take it out: settings, files and the engine itself are out of reach.',
  );
}

/** Undefined for a name without a namespace, which must be a CTE. */
function tableRefOf(sql: string, node: Node): TableRef | undefined {
  const {
    catalog_name: catalog,
    schema_name: namespace,
    table_name: name,
  } = node as Readonly<Record<'catalog_name' | 'schema_name' | 'table_name', string>>;
  if (node['at_clause'] !== null && node['at_clause'] !== undefined) {
    throw refused(
      `AT is not supported${place(sql, node)}`,
      'Give the point in time as the ref of the whole query: a branch, tag, hash or time.',
    );
  }
  if (catalog !== '') {
    throw refused(
      `"${catalog}.${namespace}.${name}" has three parts${place(sql, node)}`,
      'Name a table as namespace.table; put a namespace of several levels in double quotes: "a.b".t',
    );
  }
  if (namespace === '') return undefined;
  if (namespace.toLowerCase() === 'information_schema' && !catalogViews.has(name.toLowerCase())) {
    throw refused(
      `information_schema.${name} is not offered${place(sql, node)}`,
      `Use one of information_schema.${[...catalogViews].join(', information_schema.')}.`,
    );
  }
  return { namespace, name };
}

function checkIsCte(sql: string, node: Node, ctes: ReadonlySet<string>): void {
  const name = String(node['table_name']);
  if (ctes.has(name.toLowerCase())) return;
  throw new SluiceError('TABLE_NOT_FOUND', `no table ${name}: expected a name as namespace.table${place(sql, node)}`, {
    cure: 'Write the namespace too; SHOW TABLES lists all tables.',
  });
}

function checkShape(count: Readonly<Record<keyof typeof shapeLimits, number>>): void {
  const words = {
    nodes: 'nodes',
    tables: 'table names',
    setOperations: 'UNIONs and the like',
    inlinedCtes: 'NOT MATERIALIZED CTEs',
  } as const;
  for (const key of Object.keys(shapeLimits) as (keyof typeof shapeLimits)[]) {
    if (count[key] > shapeLimits[key]) {
      throw refused(
        `the query has more than ${shapeLimits[key]} ${words[key]}`,
        'Split it: planning such a query would take minutes.',
      );
    }
  }
}

/** `SHOW TABLES [FROM n]`, `SHOW ALL TABLES`, `DESCRIBE`, `SHOW SCHEMAS` as the whole statement. */
function showOf(root: Node): Statement['show'] {
  const from = root['from_table'] as Node | undefined;
  if (from?.['type'] !== 'SHOW_REF' || isDescribe(from)) return undefined;
  if (from['show_type'] === 'SHOW_FROM') return { kind: 'tables', namespace: String(from['schema_name']) };
  const what = String(from['table_name']).replaceAll('"', '').toLowerCase();
  if (what === 'tables' || what === '__show_tables_expanded') return { kind: 'tables' };
  if (what === 'schemas' || what === 'databases') return { kind: 'schemas' };
  throw refused(`SHOW ${what.toUpperCase()} is not allowed`);
}

/** ` (line 2, column 7)` of a node, or nothing when DuckDB did not note it. */
function place(sql: string, node: Node): string {
  const at = Number(node['query_location']);
  return Number.isSafeInteger(at) ? lineText(sql, at) : '';
}

/** DuckDB counts bytes of UTF-8. */
function lineText(sql: string, byteIndex: number): string {
  const before = Buffer.from(sql, 'utf8').subarray(0, byteIndex).toString('utf8').split('\n');
  return ` (line ${before.length}, column ${[...before.at(-1)!].length + 1})`;
}
