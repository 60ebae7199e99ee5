import { errorCodes, describeError, SluiceError } from '../../base/errors';
import type { ErrorCode } from '../../base/errors';
import { parseJson } from '../../base/json';
import type { QueryInput, QueryResult } from '../../router/query';

export type RouterAnswer =
  { readonly kind: 'result'; readonly result: QueryResult } | { readonly kind: 'none'; readonly why: string };

const CONNECT_MS = 1_500;

/**
 * Sends a query to the router. `none` when nobody listens there, or somebody who is not a router. Throws what the router
 * refuses, with its code and cure.
 */
export async function askRouter(url: string, input: QueryInput): Promise<RouterAnswer> {
  const { signal, ...body } = input;
  try {
    const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(CONNECT_MS) });
    await health.body?.cancel();
  } catch (error) {
    return { kind: 'none', why: describeError(error) };
  }
  const answer = await fetch(`${url}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  const found = parseBody(await answer.text());
  if (isErrorBody(found)) throw routerError(found.error);
  if (answer.ok && isResult(found)) return { kind: 'result', result: found };
  return { kind: 'none', why: `${url} does not answer as a Sluice router does (HTTP ${answer.status})` };
}

function parseBody(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined; // not JSON: not a router
  }
}

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly cure?: string };
}

function isErrorBody(body: unknown): body is ErrorBody {
  const error = (body as Partial<ErrorBody> | null | undefined)?.error;
  return typeof error === 'object' && typeof error.code === 'string' && typeof error.message === 'string';
}

function isResult(body: unknown): body is QueryResult {
  const result = body as Partial<QueryResult> | null | undefined;
  return Array.isArray(result?.columns) && Array.isArray(result.rows);
}

function routerError({ code, message, cure }: ErrorBody['error']): SluiceError {
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'INTERNAL';
  return new SluiceError(known, message, cure === undefined ? {} : { cure });
}
