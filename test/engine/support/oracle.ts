import type { Column, DataType } from '../../../pipeline/model';
import type { SqlValue } from '../../../engine/values';

/**
 * The rules of docs/engine.md once more, the slow and obvious way: a JSON tree whose numbers keep their text, then one function per type.
 * Shares no code with engine/. `undefined` means bad.
 */
export function oracleRow(
  line: string,
  rules: {
    readonly columns: readonly Column[];
    readonly eventTime: string;
    readonly maxFutureMs: number;
    readonly timestampMs: number;
  },
): Record<string, SqlValue> | undefined {
  const tree = parseTree(line);
  if (!(tree instanceof Obj)) return undefined;
  const row: Record<string, SqlValue> = {};
  for (const column of rules.columns) {
    let node: Tree | undefined = tree;
    for (const key of column.path) node = node instanceof Obj ? node.first(key) : undefined;
    const value = node === undefined || node === null ? null : convert(column.type, node);
    if (value === undefined || (value === null && column.required)) return undefined;
    if (column.name === rules.eventTime && Date.parse(String(value)) > rules.timestampMs + rules.maxFutureMs)
      return undefined;
    row[column.name] = value;
  }
  return row;
}

class Num {
  constructor(readonly text: string) {}
}
class Obj {
  constructor(
    readonly members: readonly (readonly [string, Tree])[],
    readonly raw: string,
  ) {}
  first(key: string): Tree | undefined {
    return this.members.find(([name]) => name === key)?.[1];
  }
}
class Arr {
  constructor(
    readonly items: readonly Tree[],
    readonly raw: string,
  ) {}
}
type Tree = null | boolean | string | Num | Obj | Arr;

/** A recursive-descent reader of JSON with DuckDB's leniencies; undefined when the text is no JSON. */
export function parseTree(text: string): Tree | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError('no JSON');
  };
  const space = () => {
    while (at < text.length && ' \t\r\n'.includes(text[at]!)) at += 1;
  };
  const string = (): string => {
    const match = /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at, at + 5000));
    if (!match) return fail();
    at += match[0].length;
    const value = JSON.parse(match[0]) as string;
    if (/\p{Surrogate}/u.test(value)) fail();
    return value;
  };
  const value = (): Tree => {
    space();
    const start = at;
    const char = text[at];
    if (char === '"') return string();
    if (char === '{') {
      at += 1;
      const members: [string, Tree][] = [];
      for (space(); text[at] !== '}'; space()) {
        const key = string();
        space();
        if (text[at] !== ':') fail();
        at += 1;
        members.push([key, value()]);
        space();
        if (text[at] === ',') at += 1;
        else if (text[at] !== '}') fail();
      }
      at += 1;
      return new Obj(members, text.slice(start, at));
    }
    if (char === '[') {
      at += 1;
      const items: Tree[] = [];
      for (space(); text[at] !== ']'; space()) {
        items.push(value());
        space();
        if (text[at] === ',') at += 1;
        else if (text[at] !== ']') fail();
      }
      at += 1;
      return new Arr(items, text.slice(start, at));
    }
    const word =
      /^(?:true|false|null|-?(?:infinity|inf|nan)|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)/i.exec(
        text.slice(at, at + 5000),
      )?.[0] ?? fail();
    at += word.length;
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    return /^(?:true|false|null)$/i.test(word) ? fail() : new Num(word);
  };
  try {
    const tree = value();
    space();
    return at === text.length ? tree : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function convert(type: DataType, node: NonNullable<Tree> | boolean): SqlValue | undefined {
  const each = (inner: DataType, item: Tree): SqlValue | undefined => (item === null ? null : convert(inner, item));
  switch (type.kind) {
    case 'list': {
      if (!(node instanceof Arr)) return undefined;
      const items = node.items.map((item) => each(type.element, item));
      return items.includes(undefined) ? undefined : (items as SqlValue[]);
    }
    case 'map': {
      if (!(node instanceof Obj)) return undefined;
      const pairs = new Map<string, readonly [SqlValue | undefined, SqlValue | undefined]>();
      for (const [key, item] of node.members) {
        const typed = convert(type.key, key);
        const name = String(typed);
        if (!pairs.has(name)) pairs.set(name, [typed, each(type.value, item)]);
        if (typed === undefined) return undefined;
      }
      const entries = [...pairs.values()];
      return entries.some(([, item]) => item === undefined) ? undefined : (entries as unknown as SqlValue);
    }
    case 'struct': {
      if (!(node instanceof Obj)) return undefined;
      const fields = type.fields.map(({ name, type: inner }) => [name, each(inner, node.first(name) ?? null)] as const);
      return fields.some(([, item]) => item === undefined) ? undefined : (Object.fromEntries(fields) as SqlValue);
    }
    case 'string':
      return typeof node === 'string' ? node : jsonText(node);
    default:
      if (node instanceof Obj || node instanceof Arr) return undefined;
      return scalar(type, node instanceof Num ? node.text : String(node), typeof node === 'string');
  }
}

/** Numbers as rationals: value = digits × 10^power. */
function rational(text: string): { readonly digits: bigint; readonly power: number } | undefined {
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match || match[3] === '') return undefined;
  return {
    digits: BigInt(`${match[1]}${match[2]}${match[3] ?? ''}`),
    power: Number(match[4] ?? 0) - (match[3] ?? '').length,
  };
}

function integerAt(text: string, scale: number): bigint | undefined {
  const number = rational(text);
  if (!number) return undefined;
  if (number.digits === 0n) return 0n;
  const power = number.power + scale;
  if (power > 400) return 10n ** 400n;
  if (power >= 0) return number.digits * 10n ** BigInt(power);
  if (power < -6000) return undefined;
  const by = 10n ** BigInt(-power);
  return number.digits % by === 0n ? number.digits / by : undefined;
}

function scalar(type: DataType, text: string, quoted: boolean): SqlValue | undefined {
  switch (type.kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'int':
    case 'bigint': {
      const value = integerAt(text, 0);
      const bits = type.kind === 'int' ? 32 : 64;
      if (value === undefined || BigInt.asIntN(bits, value) !== value) return undefined;
      return type.kind === 'int' ? Number(value) : value;
    }
    case 'decimal': {
      const value = integerAt(text, type.scale);
      if (value === undefined || value >= 10n ** BigInt(type.precision) || value <= -(10n ** BigInt(type.precision)))
        return undefined;
      const digits = String(value < 0n ? -value : value).padStart(type.scale + 1, '0');
      return `${value < 0n ? '-' : ''}${type.scale === 0 ? digits : `${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`}`;
    }
    case 'float':
    case 'double': {
      if (/^-?(nan|inf|infinity)$/i.test(text))
        return /nan/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
      if (!rational(text)) return undefined;
      const number = text === '-0' && !quoted ? 0 : Number(text);
      const value = type.kind === 'float' ? Math.fround(number) : number;
      return Number.isFinite(value) ? value : undefined;
    }
    case 'date':
      return quoted && isDay(text) ? text : undefined;
    case 'timestamp':
    case 'timestamptz': {
      const instant = quoted ? isoInstant(text) : undefined;
      return instant === undefined ? undefined : type.kind === 'timestamptz' ? `${instant}Z` : instant;
    }
    case 'uuid':
      return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : undefined;
    case 'binary':
      return quoted && /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/][AQgw]==|[A-Za-z\d+/]{2}[AEIMQUYcgkosw048]=)?$/.test(text)
        ? Buffer.from(text, 'base64')
        : undefined;
    case 'string':
      return text;
    default:
      return undefined;
  }
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !text.startsWith('0000') &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text)
  );
}

/** Normal form without zone, as SqlValue prints it: fraction without zeros at its end. */
function isoInstant(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)?$/.exec(text);
  if (!match || !isDay(match[1]!) || (match[4] && !match[3])) return undefined;
  const [, day, minutes, seconds = ':00', fraction = '.', hours = '+00', zone = '00'] = match;
  if (
    !/^([01]\d|2[0-3]):[0-5]\d$/.test(minutes!) ||
    seconds > ':59' ||
    Number(zone) > 59 ||
    Math.abs(Number(hours)) * 60 + Number(zone) > 18 * 60
  )
    return undefined;
  if (/[1-9]/.test(fraction.slice(7))) return undefined;
  const local = new Date(`${day}T${minutes}${seconds}.000Z`).getTime();
  const shifted = new Date(
    local - (hours.startsWith('-') ? -1 : 1) * (Math.abs(Number(hours)) * 60 + Number(zone)) * 60_000,
  );
  if (shifted.getUTCFullYear() < 1 || shifted.getUTCFullYear() > 9999) return undefined;
  const micros = fraction.slice(1, 7).replace(/0+$/, '');
  return shifted.toISOString().slice(0, 19) + (micros ? `.${micros}` : '');
}

/** JSON text in DuckDB's spelling, unless a number in it has more digits than a double keeps: then as it was sent. */
function jsonText(node: boolean | Num | Obj | Arr): string {
  const loses = (tree: Tree): boolean =>
    tree instanceof Num
      ? /[.e]/i.test(tree.text) &&
        /\d/.test(tree.text) &&
        tree.text
          .replace(/e.*$/i, '')
          .replace(/[-.]/g, '')
          .replace(/^0+|0+$/g, '').length > 15
      : tree instanceof Arr
        ? tree.items.some(loses)
        : tree instanceof Obj && tree.members.some(([, item]) => loses(item));
  if (loses(node)) return node instanceof Num ? node.text : (node as Obj | Arr).raw;
  return node instanceof Num ? scalarNumber(node.text) : spell(node);
}

/** A number by itself is printed as SQL prints a double, one inside an object or array as JSON does. */
function scalarNumber(text: string): string {
  const value = Number(text);
  if (!/[.e]/i.test(text) || !/\d/.test(text) || !Number.isFinite(value) || value === 0) return spellNumber(text);
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return spellNumber(text);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function spell(tree: Tree): string {
  if (typeof tree === 'string')
    return JSON.stringify(tree).replace(/\\u00([\da-f]{2})/g, (_, hex: string) => `\\u00${hex.toUpperCase()}`);
  if (tree instanceof Num) return spellNumber(tree.text);
  if (tree instanceof Arr) return `[${tree.items.map(spell).join(',')}]`;
  if (tree instanceof Obj) return `{${tree.members.map(([key, item]) => `${spell(key)}:${spell(item)}`).join(',')}}`;
  return String(tree);
}

function spellNumber(text: string): string {
  if (!/[.e]/i.test(text) || !/\d/.test(text)) return text === '-0' ? '0' : text;
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  const shortest = Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e');
  return /[.e]/.test(shortest) ? shortest : `${shortest}.0`;
}
