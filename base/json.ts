import { JSONParse } from 'json-with-bigint';

/** Stands before an integer that was made a string for the built-in parser. In the private use area, so it hardly ever occurs by itself. */
const MARK = '\uE000';
const LONG_INTEGER = /([:[,]\s*)(-?\d{16,})(?=\s*[,}\]])/g;

/**
 * Lossless JSON: an integer beyond 2^53 is read as bigint, a bigint is written as a bare number.
 * `JSON.parse` would turn snapshot id 9123456789012345678 into …346000, so Iceberg and Nessie documents pass through here only.
 * Five times as fast as the library, which looks at every value: the built-in parser reads the document, long integers as marked strings.
 */
export function parseJson<T>(text: string): T {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as T;
  if (/^\s*[^\s{[]/.test(text) || text.includes(MARK) || /\\u[eE]000/.test(text)) return JSONParse(text) as T;
  const marked = text.replace(LONG_INTEGER, `$1"${MARK}$2"`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(marked);
  } catch {
    // Digits inside a string that look like a value broke it, or the document is broken: the library tells.
    return JSONParse(text) as T;
  }
  return restored(parsed) as T;
}

/** In place; only strings and what may hold them are looked at. */
function restored(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? integer(value.slice(1)) : value;
  if (value === null || typeof value !== 'object') return value;
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    const item = object[key];
    if (typeof item === 'string' || typeof item === 'object') object[key] = restored(item);
  }
  return value;
}

function integer(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/**
 * A bigint is written as a bare number. Not by the library, which takes a string such as `say "5n` or a key `5n` for marks of its own and writes
 * other JSON (3.5).
 */
export function stringifyJson(value: unknown, space?: number, mark = MARK): string {
  let isTaken = false;
  const text = JSON.stringify(
    value,
    (key, item: unknown) => {
      isTaken ||= key.includes(mark) || (typeof item === 'string' && item.includes(mark));
      return typeof item === 'bigint' ? `${mark}${item}` : item;
    },
    space,
  );
  if (isTaken) return stringifyJson(value, space, `${mark}${MARK}`);
  return text?.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
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
