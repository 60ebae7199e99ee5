/** How a value becomes the rest of a line, or why it cannot. */
export type ValueShape =
  | {
      readonly kind: 'object';
      /** First byte behind the `{`. */ readonly start: number;
      readonly end: number;
      readonly empty: boolean;
    }
  | { readonly kind: 'reject'; readonly reason: string };

const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const FOUND: Readonly<Record<string, string>> = {
  '[': 'an array',
  '"': 'a string',
  t: 'a boolean',
  f: 'a boolean',
  n: 'null',
  '-': 'a number',
};

export const INVALID_UTF8 = 'invalid UTF-8';

/**
 * Looks at the edges of a value: whether it can stand, from behind its `{`, at the end of a line that begins with columns of ours.
 * A byte order mark and white space around the object are skipped: nothing is lost with them. What is inside is DuckDB's to judge.
 */
export function shapeOf(bytes: Buffer, valueStart: number, valueEnd: number): ValueShape {
  if (valueStart < 0) return { kind: 'reject', reason: 'no value (tombstone)' };
  let start = valueStart;
  let end = valueEnd;
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf && end - start >= 3) start += 3;
  while (start < end && isSpace(bytes[start]!)) start++;
  while (end > start && isSpace(bytes[end - 1]!)) end--;
  if (start === end) return { kind: 'reject', reason: 'empty value' };
  if (bytes[start] !== OPEN)
    return { kind: 'reject', reason: `expected a JSON object, found ${describeFirst(bytes[start]!)}` };
  if (bytes[end - 1] !== CLOSE || end - start < 2)
    return { kind: 'reject', reason: 'JSON text is cut off: it does not end with }' };
  start++;
  let next = start;
  while (isSpace(bytes[next]!)) next++;
  return { kind: 'object', start, end, empty: next === end - 1 };
}

/**
 * Copies bytes [start, end) to `out` at `at` with line breaks made spaces. False when a line break stands inside a JSON string:
 * that is no valid JSON, and a space in its place would make another value of it.
 */
export function copyWithoutLineBreaks(bytes: Buffer, start: number, end: number, out: Buffer, at: number): boolean {
  let inString = false;
  for (let i = start; i < end; i++) {
    let byte = bytes[i]!;
    if (inString && byte === BACKSLASH) {
      out[at++] = byte;
      byte = ++i < end ? bytes[i]! : SPACE;
    } else if (byte === QUOTE) inString = !inString;
    if (byte === LF || byte === CR) {
      if (inString) return false;
      byte = SPACE;
    }
    out[at++] = byte;
  }
  return true;
}

export const LINE_BREAK_IN_STRING = 'line break inside a JSON string';

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB;
}

function describeFirst(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char >= '0' && char <= '9') return 'a number';
  return (
    FOUND[char] ??
    (byte > SPACE && byte < 0x7f
      ? `text that starts with ${char}`
      : `a first byte of 0x${byte.toString(16).padStart(2, '0')}`)
  );
}
