import { SluiceError } from '../base/errors';
import { place, refused, type Node } from './statement-node';
import { catalogViews, refusedFunctions, refusedPrefixes, tableFunctions, tableRefs } from './statement-rules';
import { checkShape, countCteUses, outside, shapeLimits } from './statement-shape';

/** A table as the query names it. */
export interface TableRef {
  readonly namespace: string;
  readonly name: string;
}

export interface Mentions {
  /** Distinct, in no particular order. */
  readonly tables: readonly TableRef[];
  /** The query reads information_schema: every table of the ref must be known by name and columns. */
  readonly readsCatalog: boolean;
}

interface Visit {
  readonly item: unknown;
  /** The CTE in whose definition it stands, in lower case. */
  readonly owner: string;
}

/**
 * Visits every node, without recursion (the depth of a tree is the client's choice), refuses what is not allowed and collects the tables.
 * `root` is the query; at the top of SHOW TABLES stands a SHOW_REF, which is refused anywhere else.
 */
export function walkStatement(sql: string, root: Node): Mentions {
  const tables = new Map<string, TableRef>();
  const unqualified: Node[] = [];
  const uses = new Map<string, string[]>();
  const shape = { nodes: 0, tables: 0, setOperations: 0 };
  let readsCatalog = false;
  const stack: Visit[] = [{ item: root, owner: outside }];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { item, owner } = visit;
    if (item === null || typeof item !== 'object') continue;
    shape.nodes += 1;
    if (shape.nodes > shapeLimits.nodes) break;
    if (Array.isArray(item)) {
      for (const child of item as readonly unknown[]) stack.push({ item: child, owner });
      continue;
    }
    const node = item as Node;
    const type = String(node['type']);
    if (type === 'SET_OPERATION_NODE') shape.setOperations += 1;
    if (isTableRef(node)) {
      checkTableRef(sql, node, type);
      if (type === 'BASE_TABLE') {
        shape.tables += 1;
        const ref = tableRefOf(sql, node);
        if (ref === undefined) {
          unqualified.push(node);
          uses.set(owner, [...(uses.get(owner) ?? []), String(node['table_name']).toLowerCase()]);
        } else if (isCatalog(ref)) readsCatalog = true;
        else tables.set(`${ref.namespace}\u0000${ref.name}`, ref);
      }
    } else if (node['class'] === 'FUNCTION') {
      checkFunction(sql, node);
    }
    for (const [key, child] of Object.entries(node)) {
      // The function of a TABLE_FUNCTION is judged by its own list; its arguments by the common one.
      if (key === 'function' && type === 'TABLE_FUNCTION') stack.push({ item: (child as Node)['children'], owner });
      else if (key === 'cte_map')
        for (const cte of ctesOf(child)) {
          uses.set(cte.name, uses.get(cte.name) ?? []);
          stack.push({ item: cte.query, owner: cte.name });
        }
      else stack.push({ item: child, owner });
    }
  }
  checkShape({ ...shape, cteUses: countCteUses(uses) });
  for (const node of unqualified) checkIsCte(sql, node, uses);
  return { tables: [...tables.values()], readsCatalog };
}

function isTableRef(node: Node): boolean {
  return 'alias' in node && 'sample' in node && !('class' in node);
}

function ctesOf(map: unknown): readonly { readonly name: string; readonly query: unknown }[] {
  const entries =
    (map as { readonly map?: readonly { readonly key: string; readonly value: unknown }[] } | null)?.map ?? [];
  return entries.map(({ key, value }) => ({ name: key.toLowerCase(), query: value }));
}

function checkTableRef(sql: string, node: Node, type: string): void {
  if (!tableRefs.has(type)) throw refused(`${type} is not allowed in FROM${place(sql, node)}`);
  if (type === 'SHOW_REF' && !isDescribe(node)) {
    throw refused(
      `SHOW is not allowed inside a query${place(sql, node)}`,
      'Select from information_schema.tables instead.',
    );
  }
  if (type === 'TABLE_FUNCTION') checkTableFunction(sql, node);
}

/** DESCRIBE and SUMMARIZE are queries over a query. */
export function isDescribe(node: Node): boolean {
  return node['show_type'] === 'DESCRIBE' || node['show_type'] === 'SUMMARY';
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
  if (isCatalog({ namespace, name }) && !catalogViews.has(name.toLowerCase())) {
    throw refused(
      `information_schema.${name} is not offered${place(sql, node)}`,
      `Use one of information_schema.${[...catalogViews].join(', information_schema.')}.`,
    );
  }
  return { namespace, name };
}

function isCatalog({ namespace }: TableRef): boolean {
  return namespace.toLowerCase() === 'information_schema';
}

function checkIsCte(sql: string, node: Node, ctes: ReadonlyMap<string, unknown>): void {
  const name = String(node['table_name']);
  if (name !== outside && ctes.has(name.toLowerCase())) return;
  throw new SluiceError('TABLE_NOT_FOUND', `no table ${name}: expected a name as namespace.table${place(sql, node)}`, {
    cure: 'Write the namespace too; SHOW TABLES lists all tables.',
  });
}
