import type { DataType } from '../pipeline/model';
import { isNumberText, losesDigits, scaledInteger } from './exact-number';
import { exactDate, exactMicros, microsText } from './exact-time';
import { jsonElements, jsonMembers, jsonNumbers, kindOfJson, spanText, type JsonSpan } from './json-text';

/** JSON text that the fast path's casts read as exactly the value meant. */
export type ExactToken = string;

/** Why a value cannot stand in its column; the message is the row's `reason`. */
export class Refusal extends Error {}

const SPECIAL = /^-?(nan|inf|infinity)$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const SHOWN = 60;

export function describeType(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return `list<${describeType(type.element)}>`;
    case 'map':
      return `map<${describeType(type.key)},${describeType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${describeType(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** `value` (not null) as a value of `type`, exactly, or a Refusal that says what was expected and what was found. */
export function exactToken(type: DataType, value: JsonSpan): ExactToken {
  switch (type.kind) {
    case 'list': {
      if (kindOfJson(value) !== 'array') throw refusal(type, value);
      const items = [...jsonElements(value)].map((item, index) =>
        within(`[${index}]`, () => nullable(type.element, item)),
      );
      return `[${items.join(',')}]`;
    }
    case 'map': {
      if (kindOfJson(value) !== 'object') throw refusal(type, value);
      const entries = new Map<ExactToken, ExactToken>();
      for (const [key, item] of jsonMembers(value)) {
        const token = within(`key ${JSON.stringify(shorten(key))}`, () => scalarToken(type.key, key, jsonText(key)));
        if (!entries.has(token))
          entries.set(
            token,
            within(`[${JSON.stringify(shorten(key))}]`, () => nullable(type.value, item)),
          );
      }
      return `{${[...entries].map(([key, item]) => `${key}:${item}`).join(',')}}`;
    }
    case 'struct': {
      if (kindOfJson(value) !== 'object') throw refusal(type, value);
      const members = firstMembers(value);
      const fields = type.fields.map((field) => {
        const item = members.get(field.name);
        return `${JSON.stringify(field.name)}:${item ? within(field.name, () => nullable(field.type, item)) : 'null'}`;
      });
      return `{${fields.join(',')}}`;
    }
    case 'string':
      return stringToken(value);
    default: {
      const kind = kindOfJson(value);
      if (kind === 'object' || kind === 'array') throw refusal(type, value);
      return scalarToken(type, kind === 'string' ? (JSON.parse(spanText(value)) as string) : spanText(value), value);
    }
  }
}

/** Members by key; of a key that occurs twice the first. */
export function firstMembers(object: JsonSpan): ReadonlyMap<string, JsonSpan> {
  const members = new Map<string, JsonSpan>();
  for (const [key, value] of jsonMembers(object)) if (!members.has(key)) members.set(key, value);
  return members;
}

function nullable(type: DataType, value: JsonSpan): ExactToken {
  return kindOfJson(value) === 'null' ? 'null' : exactToken(type, value);
}

/** A text as it is; anything else as its JSON text. DuckDB spells numbers and drops white space, except where it would lose digits. */
function stringToken(value: JsonSpan): ExactToken {
  if (kindOfJson(value) === 'string') return spanText(value);
  for (const number of jsonNumbers(value)) if (losesDigits(number)) return JSON.stringify(spanText(value));
  return spanText(value);
}

/** `text` is the value without its quotes: "7" and 7 are the same to every type but string. */
function scalarToken(type: DataType, text: string, found: JsonSpan): ExactToken {
  switch (type.kind) {
    case 'boolean':
      if (text === 'true' || text === 'false') return `"${text}"`;
      throw refusal(type, found);
    case 'int':
      return integerToken(type, text, found, 31n);
    case 'bigint':
      return integerToken(type, text, found, 63n);
    case 'decimal':
      return decimalToken(type, text, found);
    case 'float':
    case 'double':
      return floatToken(type, text, found);
    case 'date': {
      const date = kindOfJson(found) === 'string' ? exactDate(text) : undefined;
      if (date === undefined) throw refusal(type, found, 'as text like 2026-01-31');
      return `"${date}"`;
    }
    case 'timestamp':
    case 'timestamptz': {
      const micros = kindOfJson(found) === 'string' ? exactMicros(text) : undefined;
      if (micros === undefined) throw refusal(type, found, 'as text like 2026-01-31T12:00:00.123456Z');
      return `"${microsText(micros)}"`;
    }
    case 'uuid':
      if (!UUID.test(text)) throw refusal(type, found);
      return `"${text.toLowerCase()}"`;
    case 'binary':
      if (kindOfJson(found) !== 'string' || Buffer.from(text, 'base64').toString('base64') !== text)
        throw refusal(type, found, 'as base64 text');
      return `"${text}"`;
    case 'string':
      return JSON.stringify(text);
    default:
      throw refusal(type, found);
  }
}

function integerToken(type: DataType, text: string, found: JsonSpan, bits: bigint): ExactToken {
  const value = isNumberText(text) ? scaledInteger(text, 0, 19) : undefined;
  if (value === undefined) throw refusal(type, found);
  if (value === 'fraction') throw refusal(type, found, 'without a fraction');
  const limit = 1n << bits;
  if (value === 'range' || value >= limit || value < -limit)
    throw refusal(type, found, `from ${-limit} to ${limit - 1n}`);
  return `"${value}"`;
}

function decimalToken(type: DataType & { kind: 'decimal' }, text: string, found: JsonSpan): ExactToken {
  const value = isNumberText(text) ? scaledInteger(text, type.scale, type.precision) : undefined;
  if (value === undefined) throw refusal(type, found);
  if (value === 'fraction') throw refusal(type, found, `with at most ${type.scale} digits after the point`);
  if (value === 'range')
    throw refusal(type, found, `with at most ${type.precision - type.scale} digits before the point`);
  const digits = String(value < 0n ? -value : value).padStart(type.scale + 1, '0');
  const cut = digits.length - type.scale;
  return `"${value < 0n ? '-' : ''}${digits.slice(0, cut)}${type.scale > 0 ? `.${digits.slice(cut)}` : ''}"`;
}

function floatToken(type: DataType, text: string, found: JsonSpan): ExactToken {
  if (SPECIAL.test(text)) return `"${text}"`;
  if (!isNumberText(text)) throw refusal(type, found);
  const value = type.kind === 'float' ? Math.fround(Number(text)) : Number(text);
  if (!Number.isFinite(value)) throw refusal(type, found, `within the range of a ${type.kind}`);
  // The integer -0 is 0 to DuckDB's reader, -0.0 is not.
  if (Object.is(value, -0)) return kindOfJson(found) === 'number' && text === '-0' ? '"0"' : '"-0.0"';
  return `"${value}"`;
}

function refusal(type: DataType, found: JsonSpan, detail?: string): Refusal {
  return new Refusal(
    `expected ${describeType(type)}${detail === undefined ? '' : ` ${detail}`}, found ${shorten(spanText(found))}`,
  );
}

function within<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`in ${place}: ${error.message.replace(/^in ([^:]*): /, '$1: ')}`);
    throw error;
  }
}

function jsonText(text: string): JsonSpan {
  const json = JSON.stringify(text);
  return { text: json, start: 0, end: json.length };
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
