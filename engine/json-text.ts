/**
 * JSON as text positions: values are not built, so a number keeps every digit and a value can be handed on as it was sent.
 * Takes exactly what DuckDB's reader takes (yyjson with its two leniencies: a comma before a closing bracket; NaN and Infinity in any case),
 * so that a line is judged the same on the fast path and on the exact one.
 */
export interface JsonSpan {
  readonly text: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPECIAL = /-?(?:nan|infinity|inf)/iy;
const WORD = /true|false|null/y;
// After a backslash. A half of a surrogate pair alone is no character.
const ESCAPE =
  /["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/y;
const SPACE = /[ \t\r\n]*/y;

export function spanText({ text, start, end }: JsonSpan): string {
  return text.slice(start, end);
}

export function kindOfJson({ text, start }: JsonSpan): JsonKind {
  switch (text[start]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'boolean';
    case 'n':
      return text[start + 1] === 'u' ? 'null' : 'number';
    default:
      return 'number';
  }
}

/** What is wrong with `text` as one JSON value, with the position (in characters from 1); undefined when it is right. Any depth: no recursion. */
export function jsonFault(text: string): string | undefined {
  const open: string[] = [];
  let at = spaceEnd(text, 0);
  const fault = (expected: string) =>
    at >= text.length
      ? `malformed JSON: the text ends where ${expected} was expected`
      : `malformed JSON at character ${at + 1}: expected ${expected}, found ${JSON.stringify(text[at])}`;
  for (;;) {
    // A value, or the end of a container that may be empty or has a comma before its end.
    const closer = open.at(-1);
    if (closer !== undefined && text[at] === closer) {
      at += 1;
      open.pop();
    } else {
      if (closer === '}') {
        const keyEnd = text[at] === '"' ? stringEnd(text, at) : -1;
        if (keyEnd < 0) return fault('a key in quotes');
        at = spaceEnd(text, keyEnd);
        if (text[at] !== ':') return fault('a colon');
        at = spaceEnd(text, at + 1);
      }
      if (text[at] === '{' || text[at] === '[') {
        open.push(text[at] === '{' ? '}' : ']');
        at = spaceEnd(text, at + 1);
        // `{,}` stays wrong: a comma needs a value before it.
        if (text[at] === ',') return fault('a value');
        continue;
      }
      const end = scalarEnd(text, at);
      if (end < 0) return fault(text[at] === '"' ? 'a string that ends, with right escapes' : 'a value');
      at = end;
    }
    for (;;) {
      at = spaceEnd(text, at);
      const container = open.at(-1);
      if (container === undefined) return at === text.length ? undefined : fault('nothing more');
      if (text[at] === ',') {
        at = spaceEnd(text, at + 1);
        break;
      }
      if (text[at] !== container) return fault(`a comma or ${container}`);
      at += 1;
      open.pop();
    }
  }
}

/** The members of an object in order, keys with their escapes resolved. `object` must be without fault. */
export function* jsonMembers(object: JsonSpan): Iterable<readonly [key: string, value: JsonSpan]> {
  const { text } = object;
  let at = spaceEnd(text, object.start + 1);
  while (text[at] !== '}') {
    const keyEnd = stringEnd(text, at);
    const quoted = text.slice(at, keyEnd);
    const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
    const start = spaceEnd(text, spaceEnd(text, keyEnd) + 1);
    const end = valueEnd(text, start);
    yield [key, { text, start, end }];
    at = spaceEnd(text, end);
    if (text[at] === ',') at = spaceEnd(text, at + 1);
  }
}

/** The elements of an array in order. `array` must be without fault. */
export function* jsonElements(array: JsonSpan): Iterable<JsonSpan> {
  const { text } = array;
  let at = spaceEnd(text, array.start + 1);
  while (text[at] !== ']') {
    const end = valueEnd(text, at);
    yield { text, start: at, end };
    at = spaceEnd(text, end);
    if (text[at] === ',') at = spaceEnd(text, at + 1);
  }
}

/** The number tokens inside a value, at any depth. */
export function* jsonNumbers(value: JsonSpan): Iterable<string> {
  const { text } = value;
  for (let at = value.start; at < value.end; at += 1) {
    if (text[at] === '"') at = stringEnd(text, at) - 1;
    else if (text[at] === '-' || (text[at]! >= '0' && text[at]! <= '9')) {
      const end = tokenEnd(NUMBER, text, at);
      if (end < 0) continue;
      yield text.slice(at, end);
      at = end - 1;
    }
  }
}

function valueEnd(text: string, start: number): number {
  if (text[start] !== '{' && text[start] !== '[') return scalarEnd(text, start);
  let depth = 0;
  for (let at = start; ; at += 1) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
}

function scalarEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at);
  const number = tokenEnd(NUMBER, text, at);
  if (number >= 0) return number;
  const word = tokenEnd(WORD, text, at);
  return word >= 0 ? word : tokenEnd(SPECIAL, text, at);
}

/** End of the string that starts at `at`, or -1. By hand: a repeated group in a pattern overflows on texts of a megabyte. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) return -1;
    if (code === 0x5c) {
      const end = tokenEnd(ESCAPE, text, i + 1);
      if (end < 0) return -1;
      i = end - 1;
    }
  }
  return -1;
}

function tokenEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function spaceEnd(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}
