import { parseJson, stringifyJson } from '../../base/json';
import type { Session } from '../engine';
import { quoteText } from '../sql';
import { NotServed, withoutPositions, type Expression } from './expression';

/** One SELECT of DuckDB's parse tree, the parts that are looked at. */
export interface SelectNode {
  readonly type: string;
  readonly modifiers: readonly { readonly type: string }[];
  readonly cte_map: { readonly map: readonly unknown[] };
  readonly select_list: readonly Expression[];
  readonly from_table: { readonly type: string; readonly [key: string]: unknown };
  readonly where_clause: Expression | null;
  readonly group_expressions: readonly Expression[];
  readonly group_sets: readonly (readonly number[])[];
  readonly aggregate_handling: string;
  readonly having: Expression | null;
  readonly sample: unknown;
  readonly qualify: Expression | null;
}

interface Statements {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node: SelectNode }[];
}

/** The parse tree of one SELECT. Throws NotServed for anything else. */
export async function parseSelect(session: Session, sql: string): Promise<SelectNode> {
  const [row] = await session.rows<{ tree: string }>(`SELECT json_serialize_sql(${quoteText(sql)})::VARCHAR AS tree`);
  const tree = withoutPositions(parseJson(row!.tree)) as Statements;
  if (tree.error) throw new NotServed(tree.error_message ?? 'it cannot be parsed');
  const [statement, ...more] = tree.statements ?? [];
  if (statement === undefined || more.length > 0) throw new NotServed('it is not one SELECT');
  return statement.node;
}

/** The parse trees of expressions written as SQL. */
export async function parseExpressions(session: Session, sqls: readonly string[]): Promise<readonly Expression[]> {
  if (sqls.length === 0) return [];
  return (await parseSelect(session, `SELECT ${sqls.join(', ')}`)).select_list;
}

/** The SQL of a parse tree. */
export async function selectText(session: Session, node: SelectNode): Promise<string> {
  const tree = stringifyJson({ error: false, statements: [{ node, named_param_map: [] }] });
  const [row] = await session.rows<{ text: string }>(`SELECT json_deserialize_sql(${quoteText(tree)}::JSON) AS text`);
  return row!.text;
}
