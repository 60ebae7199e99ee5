import {
  childrenOf,
  isColumn,
  isFunction,
  mapChildren,
  NotServed,
  sameText,
  someExpression,
  type ColumnRef,
  type Expression,
} from './expression';
import type { Functions } from './functions';
import type { SelectNode } from './syntax';

const BOUNDS = new Set(['window_start', 'window_end']);

/** Kinds of expressions that give one value from one row, whatever stands below them. */
const PLAIN_CLASSES = new Set([
  'COLUMN_REF',
  'CONSTANT',
  'FUNCTION',
  'OPERATOR',
  'COMPARISON',
  'CONJUNCTION',
  'CAST',
  'CASE',
  'BETWEEN',
]);
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  GROUPING_FUNCTION: 'grouping()',
  OPERATOR_UNPACK: 'columns()',
};
const REFUSED_CLASSES: Readonly<Record<string, string>> = {
  SUBQUERY: 'a subquery',
  WINDOW: 'a window function (over …)',
  STAR: 'a star',
  LAMBDA: 'a lambda',
  PARAMETER: 'a parameter',
  POSITIONAL_REFERENCE: 'a column by number',
};

/** A query of the shape that panes can serve: every name is a column, every alias is written out. */
export interface ResolvedQuery {
  readonly items: readonly Expression[];
  readonly where: Expression | null;
  readonly groups: readonly Expression[];
  readonly having: Expression | null;
}

/** Checks the shape of a query and writes its names out. Throws NotServed with what stands against it. */
export function resolveQuery(node: SelectNode, columns: readonly string[], functions: Functions): ResolvedQuery {
  checkShape(node);
  const scope = makeScope(node, columns);
  const items = node.select_list.map((item, index) => resolve(item, scope, index));
  const where = node.where_clause && resolve(node.where_clause, scope, items.length);
  const having = node.having && resolve(node.having, scope, items.length);
  for (const expression of [...items, ...(where ? [where] : []), ...(having ? [having] : [])])
    checkExpression(expression, functions);
  if (where && readsWindow(where)) throw new NotServed('WHERE reads window_start or window_end');
  const groups = groupsOf(node, items, scope, functions);
  if (!groups.some((group) => isColumn(group) && BOUNDS.has(group.column_names[0]!) && group.column_names.length === 1))
    throw new NotServed('it does not group by window_start or window_end');
  return { items, where, groups, having };
}

/** Whether an expression reads a bound of the window. */
export function readsWindow(node: Expression): boolean {
  return someExpression(node, (found) => isColumn(found) && BOUNDS.has(found.column_names[0]!));
}

/** Whether an expression reads a column of the rows. */
export function readsRow(node: Expression): boolean {
  return someExpression(node, (found) => isColumn(found) && !BOUNDS.has(found.column_names[0]!));
}

export function hasAggregate(node: Expression, { aggregates }: Functions): boolean {
  return someExpression(node, (found) => isFunction(found) && aggregates.has(found.function_name.toLowerCase()));
}

function checkShape(node: SelectNode): void {
  const { from_table: from } = node;
  const refuse = (found: boolean, what: string): void => {
    if (found) throw new NotServed(`it has ${what}`);
  };
  refuse(node.type !== 'SELECT_NODE', 'several SELECTs (UNION, …)');
  refuse(node.cte_map.map.length > 0, 'a WITH clause');
  refuse(from.type !== 'BASE_TABLE', 'more than one relation in FROM (a join or a subquery)');
  const isPlainTable =
    String(from['table_name']).toLowerCase() === 'events' &&
    from['schema_name'] === '' &&
    (from['column_name_alias'] as readonly unknown[]).length === 0 &&
    !from['at_clause'];
  if (!isPlainTable) throw new NotServed('it does not read plain events');
  refuse(Boolean(node.sample) || Boolean(from['sample']), 'a sample');
  refuse(node.qualify !== null, 'QUALIFY');
  const modifier = node.modifiers.find(({ type }) => type !== 'ORDER_MODIFIER');
  refuse(modifier !== undefined, modifier?.type === 'DISTINCT_MODIFIER' ? 'SELECT DISTINCT' : 'LIMIT');
  const [set, ...more] = node.group_sets;
  const isPlainGrouping =
    more.length === 0 &&
    new Set(set ?? []).size === (set ?? []).length &&
    (set ?? []).length === node.group_expressions.length;
  refuse(!isPlainGrouping, 'grouping sets');
}

interface Scope {
  readonly table: string;
  /** Lower-case name to the name as the table has it. */
  readonly columns: ReadonlyMap<string, string>;
  readonly items: readonly Expression[];
  /** Lower-case alias to the index of its item. */
  readonly aliases: ReadonlyMap<string, number>;
}

function makeScope(node: SelectNode, names: readonly string[]): Scope {
  if (names.some((name) => BOUNDS.has(name.toLowerCase())))
    throw new NotServed('events have a column named window_start or window_end of their own');
  const columns = new Map([...names, ...BOUNDS].map((name) => [name.toLowerCase(), name]));
  const table = String(node.from_table['alias'] || node.from_table['table_name']).toLowerCase();
  if (columns.has(table)) throw new NotServed(`${table} is the name of the relation and of a column`);
  const aliases = new Map<string, number>();
  for (const [index, { alias }] of node.select_list.entries()) {
    if (alias === '') continue;
    if (aliases.has(alias.toLowerCase())) throw new NotServed(`two columns are named ${alias}`);
    aliases.set(alias.toLowerCase(), index);
  }
  return { table, columns, items: node.select_list, aliases };
}

/** `before`: only aliases of items with a smaller index can be meant. */
function resolve(node: Expression, scope: Scope, before: number): Expression {
  if (!isColumn(node)) return mapChildren(node, (child) => resolve(child, scope, before));
  const [first, second] = node.column_names.map((name) => name.toLowerCase());
  if (first === scope.table && second !== undefined) {
    const column = scope.columns.get(second);
    if (column === undefined)
      throw new NotServed(`it reads ${node.column_names.join('.')}, which is no column of events`);
    return withNames(node, [column, ...node.column_names.slice(2)]);
  }
  const column = scope.columns.get(first!);
  const aliased = aliasedItem(node, scope, before);
  if (column === undefined) {
    if (aliased === undefined)
      throw new NotServed(`it reads ${node.column_names.join('.')}, which is no column of events`);
    return { ...aliased, alias: node.alias };
  }
  const resolved = withNames(node, [column, ...node.column_names.slice(1)]);
  if (aliased !== undefined && sameText(aliased) !== sameText(withNames(node, [column])))
    throw new NotServed(
      `${column} is a column of events and the name of another result column: give that another name`,
    );
  return resolved;
}

function aliasedItem(node: ColumnRef, scope: Scope, before: number): Expression | undefined {
  const index = scope.aliases.get(node.column_names[0]!.toLowerCase());
  if (index === undefined || index >= before) return undefined;
  const item = resolve(scope.items[index]!, scope, index);
  if (node.column_names.length > 1 && !scope.columns.has(node.column_names[0]!.toLowerCase()))
    throw new NotServed(`it reads a field of the result column ${node.column_names[0]!}`);
  return { ...item, alias: '' };
}

const withNames = (node: ColumnRef, names: readonly string[]): ColumnRef => ({ ...node, column_names: names });

function groupsOf(
  node: SelectNode,
  items: readonly Expression[],
  scope: Scope,
  functions: Functions,
): readonly Expression[] {
  if (node.aggregate_handling === 'FORCE_AGGREGATES') {
    // GROUP BY ALL: every item without an aggregate that reads a column.
    return items.filter((item) => !hasAggregate(item, functions) && (readsRow(item) || readsWindow(item)));
  }
  return node.group_expressions.map((group) => {
    const found = group.class === 'CONSTANT' ? itemAt(group, items) : resolve(group, scope, items.length);
    checkExpression(found, functions);
    if (hasAggregate(found, functions)) throw new NotServed('it groups by an aggregate');
    return found;
  });
}

function itemAt(group: Expression, items: readonly Expression[]): Expression {
  const { value } = group['value'] as { readonly value?: unknown };
  const item = typeof value === 'number' ? items[value - 1] : undefined;
  if (item === undefined) throw new NotServed('it groups by a constant');
  return item;
}

function checkExpression(node: Expression, functions: Functions): void {
  const refused = REFUSED_CLASSES[node.class] ?? REFUSED_TYPES[node.type];
  if (refused !== undefined || !PLAIN_CLASSES.has(node.class))
    throw new NotServed(`it has ${refused ?? node.type.toLowerCase()}`);
  if (isFunction(node)) {
    const name = node.function_name.toLowerCase();
    const isOwn = node.schema === '' || node.schema === 'main';
    if (!isOwn || !(functions.aggregates.has(name) || functions.scalars.has(name)))
      throw new NotServed(`it calls ${node.function_name}, which is no plain function of one row`);
  }
  for (const child of childrenOf(node)) checkExpression(child, functions);
}
