import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describeError, SluiceError } from '../../base/errors';
import { parseJson, stringifyJson } from '../../base/json';

export interface NessieFailure {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
  readonly conflicts: readonly {
    readonly conflictType?: string;
    readonly key?: { readonly elements: readonly string[] };
    readonly message?: string;
  }[];
}

/** An answer of the server, or `none`: no answer or 5xx, so a write may or may not have happened. */
export type NessieAnswer<T> =
  | { readonly kind: 'ok'; readonly body: T }
  | { readonly kind: 'refused'; readonly failure: NessieFailure }
  | { readonly kind: 'none'; readonly cause: Error };

export interface NessieHttp {
  /** Repeats up to 4 times without an answer, then throws CATALOG_UNAVAILABLE; a refusal comes back. */
  read<T>(
    path: string,
    query?: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<NessieAnswer<T> & { readonly kind: 'ok' | 'refused' }>;
  /** Sent once. Only 429, which says that nothing was done, is repeated. */
  write<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    query?: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<NessieAnswer<T>>;
  readonly uri: string;
  close(): Promise<void>;
}

const attempts = 4;
const firstDelayMs = 100;
const timeoutMs = 30_000;

/** JSON over HTTP to Nessie's API v2, keep-alive. Numbers of 64 bits survive. */
export function openNessieHttp(uri: string): NessieHttp {
  const base = `${uri.replace(/\/+$/, '').replace(/\/api\/v[12]$/, '')}/api/v2/`;
  const agent = new Agent({
    connections: 16,
    keepAliveTimeout: 10_000,
    connect: { timeout: 5_000 },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  const send = async <T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    query: Readonly<Record<string, string>>,
    body: unknown,
  ): Promise<NessieAnswer<T>> => {
    try {
      const answer = await request(`${base}${path}`, {
        dispatcher: agent,
        method,
        query,
        // Without the spec header the list of conflicting keys is stripped from errors.
        headers: {
          accept: 'application/json',
          'nessie-client-spec': '2',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: stringifyJson(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode < 300) return { kind: 'ok', body: (text === '' ? undefined : parseJson<T>(text)) as T };
      const failure = failureOf(answer.statusCode, text);
      return failure.status >= 500
        ? { kind: 'none', cause: new Error(`HTTP ${failure.status} ${failure.errorCode}: ${failure.message}`) }
        : { kind: 'refused', failure };
    } catch (error) {
      return { kind: 'none', cause: error instanceof Error ? error : new Error(String(error)) };
    }
  };
  const pause = (attempt: number) => sleep(firstDelayMs * 3 ** (attempt - 1));
  const throttled = (answer: NessieAnswer<unknown>): boolean =>
    answer.kind === 'refused' && answer.failure.status === 429;
  const unavailable = (cause: unknown): SluiceError =>
    new SluiceError('CATALOG_UNAVAILABLE', `Nessie at ${uri} gave no usable answer: ${describeError(cause)}`, {
      cure: 'Check that Nessie runs (`sluice doctor`) and that SLUICE_NESSIE_URI names it.',
      cause,
    });

  return {
    uri,
    async read<T>(path: string, query: Readonly<Record<string, string>> = {}, body?: unknown) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send<T>(body === undefined ? 'GET' : 'POST', path, query, body);
        if (answer.kind !== 'none' && !throttled(answer)) return answer;
        if (attempt >= attempts) throw unavailable(answer.kind === 'none' ? answer.cause : new Error('HTTP 429'));
        await pause(attempt);
      }
    },
    async write<T>(
      method: 'POST' | 'PUT' | 'DELETE',
      path: string,
      query: Readonly<Record<string, string>> = {},
      body?: unknown,
    ) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send<T>(method, path, query, body);
        if (!throttled(answer)) return answer;
        if (attempt >= attempts) throw unavailable(new Error('HTTP 429: too many requests'));
        await pause(attempt);
      }
    },
    close: () => agent.close(),
  };
}

function failureOf(status: number, text: string): NessieFailure {
  try {
    const body = parseJson<{
      errorCode?: string;
      message?: string;
      errorDetails?: { conflicts?: NessieFailure['conflicts'] };
    }>(text);
    return {
      status,
      errorCode: body.errorCode ?? 'UNKNOWN',
      message: body.message ?? '',
      conflicts: body.errorDetails?.conflicts ?? [],
    };
  } catch {
    return { status, errorCode: 'UNKNOWN', message: text.slice(0, 300), conflicts: [] };
  }
}

/** A refusal that no caller expects: not found, not allowed, or a request that the server does not take. */
export function refusal(uri: string, failure: NessieFailure): SluiceError {
  const context = { uri, status: failure.status, errorCode: failure.errorCode };
  if (failure.errorCode === 'REFERENCE_NOT_FOUND') {
    return new SluiceError('REF_NOT_FOUND', failure.message, {
      cure: 'Name a branch, tag or hash that `sluice refs` or GET /branches lists.',
      context,
    });
  }
  if (failure.status === 401 || failure.status === 403) {
    return new SluiceError('CATALOG_REFUSED', `Nessie at ${uri} refused access: ${failure.message}`, {
      cure: 'Give Sluice the right to read and write this reference.',
      context,
    });
  }
  if (failure.status === 409) return new SluiceError('CATALOG_CONFLICT', failure.message, { context });
  return new SluiceError(
    'CATALOG_REFUSED',
    `Nessie at ${uri} refused the request (HTTP ${failure.status} ${failure.errorCode}): ${failure.message}`,
    { context },
  );
}
