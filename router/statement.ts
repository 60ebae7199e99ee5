import { SluiceError } from '../base/errors';
import { findFilters, type Filter } from './filters';
import { placeOfByte, refused, type Node } from './statement-node';
import { isDescribe, walkStatement, type Mentions } from './statement-walk';

export type { TableRef } from './statement-walk';

export interface Statement extends Mentions {
  /** What WHERE says about the tables' columns: files that hold no such rows need not be read. */
  readonly filters: readonly Filter[];
  /** SHOW TABLES and its kin: answered from the catalog; `namespace` narrows it. */
  readonly show?: { readonly kind: 'tables' | 'schemas'; readonly namespace?: string };
}

interface Serialized {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly { readonly node: Node }[];
}

/**
 * Reads the tree of one statement (DuckDB's own parser made it, so quoting, comments and nesting are understood as the engine will understand
 * them) and lets pass only what reads lake tables. Pure. Throws QUERY_FAILED for text that is no SQL, QUERY_REFUSED for SQL that is not
 * allowed, TABLE_NOT_FOUND for a name without a namespace.
 */
export function readStatement(sql: string, treeText: string): Statement {
  const tree = JSON.parse(treeText) as Serialized;
  if (tree.error) throw serializeError(sql, tree);
  const statements = tree.statements ?? [];
  if (statements.length !== 1) {
    throw refused(
      statements.length === 0 ? 'there is no statement' : `found ${statements.length} statements, expected one`,
    );
  }
  const root = statements[0]!.node;
  const show = showOf(root);
  return show
    ? { tables: [], readsCatalog: false, filters: [], show }
    : { ...walkStatement(sql, root), filters: findFilters(root) };
}

function serializeError(
  sql: string,
  { error_type: type, error_message: message = '', position }: Serialized,
): SluiceError {
  if (type === 'not implemented') return refused('this kind of statement is not allowed');
  return new SluiceError(
    'QUERY_FAILED',
    `Parser Error: ${message}${position === undefined ? '' : placeOfByte(sql, Number(position))}`,
  );
}

/** `SHOW TABLES [FROM n]`, `SHOW ALL TABLES`, `DESCRIBE`, `SHOW SCHEMAS` as the whole statement. */
function showOf(root: Node): Statement['show'] {
  const from = root['from_table'] as Node | null | undefined;
  if (from?.['type'] !== 'SHOW_REF' || isDescribe(from) || !isBare(root)) return undefined;
  if (from['show_type'] === 'SHOW_FROM') return { kind: 'tables', namespace: String(from['schema_name']) };
  const what = String(from['table_name']).replaceAll('"', '').toLowerCase();
  if (what === 'tables' || what === '__show_tables_expanded') return { kind: 'tables' };
  if (what === 'schemas' || what === 'databases') return { kind: 'schemas' };
  throw refused(`SHOW ${what.toUpperCase()} is not allowed`);
}

/** A select that only stands around the SHOW, as the parser makes it: nothing but `*`. */
function isBare({ select_list: list, where_clause: where }: Node): boolean {
  return Array.isArray(list) && list.length === 1 && (list[0] as Node)['class'] === 'STAR' && where === null;
}
