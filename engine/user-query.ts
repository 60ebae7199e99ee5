import { SluiceError } from '../base/errors';
import { parseJson } from '../base/json';
import type { Session } from './engine';
import { quoteText } from './sql';

/** Table functions that make rows of their arguments alone; all others could reach files, settings or secrets. */
const HARMLESS = new Set(['unnest', 'range', 'generate_series']);

/**
 * Checks SQL that came with a pipeline: one SELECT and nothing else, table functions of the harmless kind only.
 * `what` names it in the error. Throws QUERY_FAILED with DuckDB's message.
 */
export async function checkUserQuery(session: Session, what: string, sql: string): Promise<void> {
  const [row] = await session.rows<{ tree: string }>(`SELECT json_serialize_sql(${quoteText(sql)})::VARCHAR AS tree`);
  const tree = parseJson<{
    readonly error: boolean;
    readonly error_message?: string;
    readonly statements?: readonly unknown[];
  }>(row!.tree);
  if (tree.error) throw failed(what, tree.error_message ?? 'it cannot be parsed', 'Write one SELECT.');
  if (tree.statements?.length !== 1)
    throw failed(what, `it holds ${tree.statements?.length ?? 0} statements`, 'Write exactly one SELECT.');
  const refused = tableFunctions(tree).find((name) => !HARMLESS.has(name.toLowerCase()));
  if (refused !== undefined)
    throw failed(
      what,
      `table function ${refused} is not allowed`,
      'A query reads its own relations and lake tables only.',
    );
}

function failed(what: string, why: string, cure: string): SluiceError {
  return new SluiceError('QUERY_FAILED', `${what}: ${why}`, { cure });
}

function tableFunctions(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(tableFunctions);
  if (node === null || typeof node !== 'object') return [];
  const own = node as { readonly type?: unknown; readonly function?: { readonly function_name?: unknown } };
  const name = own.type === 'TABLE_FUNCTION' ? String(own.function?.function_name) : undefined;
  return [...(name === undefined ? [] : [name]), ...Object.values(node).flatMap(tableFunctions)];
}

/** An error of running user SQL, as QUERY_FAILED with what it belongs to. */
export function userQueryError(what: string, error: unknown): Error {
  if (!(error instanceof Error) || error.name !== 'SluiceError') return error as Error;
  const { code, message } = error as SluiceError;
  return code === 'INTERNAL'
    ? new SluiceError('QUERY_FAILED', `${what}: ${message}`, {
        cause: error,
        cure: 'Correct the SQL in the pipeline file.',
      })
    : error;
}
