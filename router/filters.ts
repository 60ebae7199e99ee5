import type { Node } from './statement-node';
import type { TableRef } from './statement-walk';

/**
 * What WHERE says about one column of one table: at least the smallest of `atLeast`, at most the largest of `atMost`; the nodes are constants.
 * Only used to leave files out that hold no such row: the query itself still applies its WHERE.
 */
export interface Filter {
  readonly table: TableRef;
  readonly column: string;
  readonly atLeast: readonly Node[];
  readonly atMost: readonly Node[];
  /** `<` or `>`: the bound itself is not wanted. */
  readonly exclusive: boolean;
}

/** Functions that give the same value wherever they stand in one statement. */
const constantFunctions: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  'add',
  'subtract',
  'multiply',
  'now',
  'today',
  'current_date',
  'current_timestamp',
  'get_current_timestamp',
  'transaction_timestamp',
  'date_trunc',
  'datetrunc',
  'epoch_ms',
  'make_date',
  'make_timestamp',
  'make_timestamptz',
  'to_timestamp',
  'trunc',
  'to_years',
  'to_months',
  'to_weeks',
  'to_days',
  'to_hours',
  'to_minutes',
  'to_seconds',
  'to_milliseconds',
  'to_microseconds',
]);

/** Joins in which a row that WHERE would drop can be missing beforehand: not ASOF and POSITIONAL, where rows find other partners then. */
const plainJoins: ReadonlySet<unknown> = new Set(['REGULAR', 'CROSS']);
const plainJoinTypes: ReadonlySet<unknown> = new Set(['INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER']);

const flipped: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: 'COMPARE_EQUAL',
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
  COMPARE_LESSTHAN: 'COMPARE_GREATERTHAN',
  COMPARE_LESSTHANOREQUALTO: 'COMPARE_GREATERTHANOREQUALTO',
};

interface Source {
  readonly table: TableRef;
  readonly alias: string;
  /** The only relation of its FROM: columns need no qualifier. */
  readonly alone: boolean;
}

/**
 * The comparisons with constants that stand in WHERE, joined by AND, of each SELECT that reads a table directly. A table that is mentioned more
 * than once is left out: its files serve every mention. Pure and cautious: whatever is not understood gives no filter.
 */
export function findFilters(root: Node): readonly Filter[] {
  const mentions = new Map<string, number>();
  const filters: Filter[] = [];
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const item = stack.pop();
    if (item === null || typeof item !== 'object') continue;
    if (Array.isArray(item)) {
      for (const child of item as readonly unknown[]) stack.push(child);
      continue;
    }
    const node = item as Node;
    if (node['type'] === 'BASE_TABLE') {
      const key = keyOf(node as unknown as BaseTable);
      mentions.set(key, (mentions.get(key) ?? 0) + 1);
    }
    if (node['type'] === 'SELECT_NODE' && node['sample'] === null) filters.push(...filtersOf(node));
    for (const child of Object.values(node)) stack.push(child);
  }
  return filters.filter(({ table }) => mentions.get(`${table.namespace}.${table.name}`.toLowerCase()) === 1);
}

interface BaseTable {
  readonly schema_name: string;
  readonly table_name: string;
}

function keyOf({ schema_name: namespace, table_name: name }: BaseTable): string {
  return `${namespace}.${name}`.toLowerCase();
}

function filtersOf(select: Node): readonly Filter[] {
  const sources = sourcesOf(select['from_table'] as Node | null, true);
  if (sources === undefined || sources.length === 0) return [];
  return conjuncts(select['where_clause'] as Node | null).flatMap((condition) => {
    const found = comparisonOf(condition);
    const target = found && targetOf(found.column, sources);
    return target
      ? [
          {
            table: target.table,
            column: target.column,
            atLeast: found.atLeast,
            atMost: found.atMost,
            exclusive: found.exclusive,
          },
        ]
      : [];
  });
}

/** Undefined when FROM holds a join that is not plain. */
function sourcesOf(from: Node | null, alone: boolean): readonly Source[] | undefined {
  if (from === null) return [];
  if (from['type'] === 'JOIN') {
    if (!plainJoins.has(from['ref_type']) || !plainJoinTypes.has(from['join_type'])) return undefined;
    const [left, right] = [sourcesOf(from['left'] as Node, false), sourcesOf(from['right'] as Node, false)];
    return left && right && [...left, ...right];
  }
  if (from['type'] !== 'BASE_TABLE' || from['sample'] !== null) return [];
  const {
    schema_name: namespace,
    table_name: name,
    alias,
    column_name_alias: renamed,
  } = from as unknown as BaseTable & { readonly alias: string; readonly column_name_alias: readonly string[] };
  if (namespace === '' || renamed.length > 0) return [];
  return [{ table: { namespace, name }, alias: alias === '' ? name : alias, alone }];
}

function conjuncts(condition: Node | null): readonly Node[] {
  if (condition === null) return [];
  if (condition['type'] !== 'CONJUNCTION_AND') return [condition];
  return (condition['children'] as readonly Node[]).flatMap(conjuncts);
}

interface Comparison extends Pick<Filter, 'atLeast' | 'atMost' | 'exclusive'> {
  readonly column: readonly string[];
}

function comparisonOf(condition: Node): Comparison | undefined {
  const type = String(condition['type']);
  if (type in flipped) {
    const [left, right] = [condition['left'] as Node, condition['right'] as Node];
    if (isConstant(right)) return bounded(left, type, right);
    return isConstant(left) ? bounded(right, flipped[type]!, left) : undefined;
  }
  if (type === 'COMPARE_BETWEEN') {
    const { input, lower, upper } = condition as Readonly<Record<'input' | 'lower' | 'upper', Node>>;
    const column = columnOf(input);
    return column && isConstant(lower) && isConstant(upper)
      ? { column, atLeast: [lower], atMost: [upper], exclusive: false }
      : undefined;
  }
  if (type === 'COMPARE_IN') {
    const [input, ...values] = condition['children'] as readonly Node[];
    const column = input && columnOf(input);
    return column && values.length > 0 && values.every(isConstant)
      ? { column, atLeast: values, atMost: values, exclusive: false }
      : undefined;
  }
  return undefined;
}

function bounded(side: Node, type: string, constant: Node): Comparison | undefined {
  const column = columnOf(side);
  if (!column) return undefined;
  const equal = type === 'COMPARE_EQUAL';
  return {
    column,
    atLeast: equal || type.startsWith('COMPARE_GREATER') ? [constant] : [],
    atMost: equal || type.startsWith('COMPARE_LESS') ? [constant] : [],
    exclusive: type === 'COMPARE_GREATERTHAN' || type === 'COMPARE_LESSTHAN',
  };
}

function columnOf(node: Node): readonly string[] | undefined {
  return node['class'] === 'COLUMN_REF' ? (node['column_names'] as readonly string[]) : undefined;
}

/** Iterates: a long chain of additions is as deep as it is long. */
function isConstant(node: Node): boolean {
  const stack: Node[] = [node];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next['class'] === 'CONSTANT' && isExact(next['value'] as Node)) continue;
    if (next['class'] === 'CAST') stack.push(next['child'] as Node);
    else if (
      next['class'] === 'FUNCTION' &&
      constantFunctions.has(String(next['function_name']).toLowerCase()) &&
      next['catalog'] === '' &&
      isPlainCall(next)
    ) {
      stack.push(...(next['children'] as readonly Node[]));
    } else return false;
  }
  return true;
}

/** The tree was read with JSON.parse: digits beyond 2^53 are lost. */
function isExact(constant: Node): boolean {
  const value = constant['value'];
  if (constant['is_null'] === true || value === null || value === undefined) return false;
  const numbers = typeof value === 'object' ? Object.values(value) : [value];
  return numbers.every((item) => typeof item !== 'number' || !Number.isInteger(item) || Number.isSafeInteger(item));
}

function isPlainCall(node: Node): boolean {
  return node['filter'] === null && node['distinct'] === false;
}

/** `c` of the only table, `alias.c`, or `namespace.table.c`. A field of a struct looks the same: the caller knows the columns. */
function targetOf(
  names: readonly string[],
  sources: readonly Source[],
): { readonly table: TableRef; readonly column: string } | undefined {
  const column = names.at(-1)!;
  const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  const fitting = sources.filter(({ table, alias, alone }) => {
    if (names.length === 1) return alone;
    if (names.length === 2) return same(names[0], alias);
    return names.length === 3 && same(names[0], table.namespace) && same(names[1], table.name) && alias === table.name;
  });
  return fitting.length === 1 ? { table: fitting[0]!.table, column } : undefined;
}
