import { describeError } from '../base/errors';
import type { Probe } from './server-spec';

/** GET `url`; ready when it answers with `status` (200 by default). `read` takes version and detail from the body. */
export async function httpProbe(input: {
  readonly url: string;
  readonly status?: number;
  readonly read?: (body: string, headers: Headers) => { readonly version?: string; readonly detail?: string };
}): Promise<Probe> {
  const expected = input.status ?? 200;
  try {
    const response = await fetch(input.url, { signal: AbortSignal.timeout(3000), redirect: 'manual' });
    const body = await response.text();
    if (response.status === expected) return { ready: true, ...input.read?.(body, response.headers) };
    return { ready: false, why: `GET ${input.url} answered ${response.status}, expected ${expected}` };
  } catch (error) {
    return { ready: false, why: `GET ${input.url}: ${describeError(error)}` };
  }
}
