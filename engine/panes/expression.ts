import { canonicalJson } from '../../base/json';

/** A node of DuckDB's parse tree as `json_serialize_sql` spells it; an expression has a `class`. */
export interface Expression {
  readonly class: string;
  readonly type: string;
  readonly alias: string;
  readonly [key: string]: unknown;
}

export interface FunctionCall extends Expression {
  readonly function_name: string;
  readonly schema: string;
  readonly children: readonly Expression[];
  readonly filter: Expression | null;
  readonly order_bys: { readonly orders: readonly unknown[] };
  readonly distinct: boolean;
  readonly export_state: boolean;
}

export interface ColumnRef extends Expression {
  readonly column_names: readonly string[];
}

export const isFunction = (node: Expression): node is FunctionCall => node.class === 'FUNCTION';
export const isColumn = (node: Expression): node is ColumnRef => node.class === 'COLUMN_REF';

/** Why a query cannot be served from panes. Thrown inside this folder only; `planPanes` turns it into its answer. */
export class NotServed extends Error {}

export function columnRef(name: string): ColumnRef {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', column_names: [name] };
}

/** The same tree with other expressions directly below it. Lists and plain objects in between (CASE branches) are walked through. */
export function mapChildren(node: Expression, change: (child: Expression) => Expression): Expression {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    if (isExpression(value)) return change(value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item)])) as Expression;
}

/** The expressions directly below. */
export function childrenOf(node: Expression): readonly Expression[] {
  const found: Expression[] = [];
  mapChildren(node, (child) => {
    found.push(child);
    return child;
  });
  return found;
}

/** Whether the expression or one below it is such a one. */
export function someExpression(node: Expression, test: (node: Expression) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someExpression(child, test));
}

/** Equal for expressions that are written alike, whatever their own alias. Aliases below are names of arguments and count. */
export function sameText(node: Expression): string {
  return canonicalJson({ ...node, alias: '' });
}

function isExpression(value: object): value is Expression {
  return typeof (value as { class?: unknown }).class === 'string';
}

/** The tree without positions in the source text, which differ between expressions that are otherwise alike. */
export function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'query_location')
      .map(([key, item]) => [key, withoutPositions(item)]),
  );
}
