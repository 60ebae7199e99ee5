import { JSONParse, JSONStringify } from 'json-with-bigint';

/**
 * Lossless JSON: an integer beyond 2^53 is read as bigint, a bigint is written as a bare number.
 * `JSON.parse` would turn snapshot id 9123456789012345678 into …346000, so Iceberg and Nessie documents pass through here only.
 */
export function parseJson<T>(text: string): T {
  return JSONParse(text) as T;
}

export function stringifyJson(value: unknown, space?: number): string {
  return JSONStringify(value, undefined, space);
}

/** 64-bit fields arrive as number or bigint, by size: this makes them bigint always. */
export function toBigInt(value: number | bigint | string): bigint {
  return BigInt(value);
}

/** Keys sorted at every level: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return stringifyJson(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}
