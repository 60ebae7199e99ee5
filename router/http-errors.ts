import { describeError, isSluiceError, type ErrorCode } from '../base/errors';

/** Anything thrown, as the answer says it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: { readonly code: ErrorCode; readonly message: string; readonly cure?: string } };
}

const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  NOT_SUPPORTED: 400,
  QUERY_FAILED: 400,
  QUERY_REFUSED: 403,
  REF_NOT_FOUND: 404,
  TABLE_NOT_FOUND: 404,
  NOT_RETAINED: 410,
  QUERY_TIMEOUT: 408,
  TABLE_FOREIGN: 422,
  UNSUPPORTED_TABLE: 422,
  QUERY_CANCELLED: 499, // nobody reads it; it is for the log
  ROUTER_BUSY: 503,
  CATALOG_UNAVAILABLE: 502,
  CATALOG_REFUSED: 502,
  STORE_UNAVAILABLE: 502,
  STORE_REFUSED: 502,
  OBJECT_NOT_FOUND: 502,
  KAFKA_UNAVAILABLE: 502,
  KAFKA_REFUSED: 502,
};

/** What fastify itself refuses, before a route sees it. */
const framework: Readonly<
  Record<string, { readonly status: number; readonly message: string; readonly cure: string }>
> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, message: 'the body is larger than 1 MiB', cure: 'Shorten the statement.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    message: 'the body has another type than application/json',
    cure: 'Send JSON with the header content-type: application/json.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    message: 'the body is not JSON',
    cure: 'Send for example {"sql": "select 1"}.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    message: 'the body is empty',
    cure: 'Send for example {"sql": "select 1"}.',
  },
};

export function answerError(error: unknown): ErrorAnswer {
  if (isSluiceError(error)) {
    const { code, message, cure } = error;
    return { status: statuses[code] ?? 500, body: { error: { code, message, ...(cure !== undefined && { cure }) } } };
  }
  const code = (error as { readonly code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? framework[code] : undefined;
  if (known)
    return { status: known.status, body: { error: { code: 'BAD_INPUT', message: known.message, cure: known.cure } } };
  const status = (error as { readonly statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, body: { error: { code: 'BAD_INPUT', message: describeError(error) } } };
  return {
    status: 500,
    body: {
      error: { code: 'INTERNAL', message: describeError(error), cure: 'This is a fault of the router: see its log.' },
    },
  };
}
