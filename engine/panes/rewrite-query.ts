import type { Session } from '../engine';
import type { PartialAggregate } from './aggregates';
import { WINDOW } from './combine-sql';
import { columnRef, isColumn, isFunction, mapChildren, NotServed, sameText, type Expression } from './expression';
import { readsRow, readsWindow, type ResolvedQuery } from './resolve-query';
import { parseExpressions, selectText, type SelectNode } from './syntax';

/** The column that raw rows have beside their own while they are cut into panes: the start of theirs. */
export const PANE = '$pane';

/** A group column of partial rows. */
export interface Key {
  readonly column: string;
  readonly expression: Expression;
}

/** The parts of group expressions that are computed from rows alone, by their text: the group columns of partial rows. */
export function keysOf(groups: readonly Expression[]): ReadonlyMap<string, Key> {
  const keys = new Map<string, Key>();
  const visit = (node: Expression): Expression => {
    if (readsWindow(node)) return mapChildren(node, visit);
    if (readsRow(node)) {
      const text = sameText(node);
      if (!keys.has(text)) keys.set(text, { column: `$k${keys.size}`, expression: node });
    }
    return node;
  };
  for (const group of groups) visit(group);
  return keys;
}

export interface TextInput {
  readonly node: SelectNode;
  readonly resolved: ResolvedQuery;
  readonly keys: ReadonlyMap<string, Key>;
  readonly aggregates: readonly PartialAggregate[];
}

/** A SELECT of a list from the same relation as the user's, and nothing else. */
export function plainSelect(node: SelectNode, list: readonly Expression[]): SelectNode {
  return {
    ...node,
    modifiers: [],
    select_list: list,
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
  };
}

function grouped(node: SelectNode, groups: readonly Expression[]): SelectNode {
  return {
    ...node,
    group_expressions: groups.map((group) => ({ ...group, alias: '' })),
    group_sets: groups.length === 0 ? [] : [groups.map((_, index) => index)],
  };
}

/** The aggregates over rows, by pane and key, under the names of their columns. */
export function partialText(session: Session, { node, resolved, keys, aggregates }: TextInput): Promise<string> {
  const list = [
    { ...columnRef(PANE), alias: 'pane_start' },
    ...[...keys.values()].map(({ column, expression }) => ({ ...expression, alias: column })),
    ...aggregates.map(({ call, column }) => ({ ...call, alias: column })),
  ];
  const groups = [columnRef(PANE), ...[...keys.values()].map(({ expression }) => expression)];
  return selectText(session, { ...grouped(plainSelect(node, list), groups), where_clause: resolved.where });
}

/** The user's query with its row expressions and aggregates replaced by what partial rows hold. */
export async function finalText(
  session: Session,
  { node, resolved, keys, aggregates, names }: TextInput & { readonly names: readonly string[] },
): Promise<string> {
  const finished = await parseExpressions(
    session,
    aggregates.map(({ finish }) => finish),
  );
  const replaced = new Map<string, Expression>([
    ...[...keys].map(([text, { column }]): [string, Expression] => [text, columnRef(column)]),
    ...aggregates.map(({ call }, index): [string, Expression] => [sameText(call), finished[index]!]),
  ]);
  const inGroup = (expression: Expression): Expression => {
    const found = replaced.get(sameText(expression));
    if (found !== undefined) return { ...found, alias: expression.alias };
    if (isColumn(expression)) return boundRef(expression.column_names) ?? expression;
    return mapChildren(expression, inGroup);
  };
  const groups = new Map(resolved.groups.map((group) => [sameText(group), inGroup(group)]));
  const rewrite = (expression: Expression): Expression => {
    const text = sameText(expression);
    const found = groups.get(text) ?? (isFunction(expression) ? replaced.get(text) : undefined);
    if (found !== undefined) return { ...found, alias: expression.alias };
    if (isColumn(expression)) {
      const bound = boundRef(expression.column_names);
      if (bound === undefined)
        throw new NotServed(`it uses ${expression.column_names.join('.')} outside of its groups`);
      return { ...bound, alias: expression.alias };
    }
    return mapChildren(expression, rewrite);
  };
  const list = resolved.items.map((item, index) => ({ ...rewrite(item), alias: names[index]! }));
  return selectText(session, {
    ...grouped(plainSelect(node, list), [...groups.values()]),
    having: resolved.having && rewrite(resolved.having),
  });
}

function boundRef([name, ...fields]: readonly string[]): Expression | undefined {
  if (fields.length > 0) return undefined;
  if (name === 'window_start') return columnRef(WINDOW.start);
  return name === 'window_end' ? columnRef(WINDOW.end) : undefined;
}
