import { didYouMean } from './nearest';
import { expectedFound } from './expected';
import type { DataType, PrimitiveKind, StructField } from './model';

const primitiveKinds = [
  'boolean',
  'int',
  'bigint',
  'float',
  'double',
  'date',
  'timestamp',
  'timestamptz',
  'string',
  'binary',
  'uuid',
] as const satisfies readonly PrimitiveKind[];

const typeNames = [...primitiveKinds, 'decimal', 'list', 'map', 'struct'] as const;

export const typeList =
  'boolean, int, bigint, float, double, decimal(p,s), date, timestamp, timestamptz, string, binary, uuid, list<T>, map<string,T>, struct<name: T, …>';

/** Names of other systems' types, for the hint only: one way to write a thing. */
const otherNames: Readonly<Record<string, string>> = {
  bool: 'boolean',
  integer: 'int',
  int32: 'int',
  smallint: 'int',
  tinyint: 'int',
  long: 'bigint',
  int64: 'bigint',
  hugeint: 'decimal(38,0)',
  number: 'double, bigint or decimal(p,s)',
  numeric: 'decimal(p,s)',
  real: 'float',
  float64: 'double',
  text: 'string',
  varchar: 'string',
  char: 'string',
  json: 'string',
  enum: 'string',
  datetime: 'timestamptz',
  timestampz: 'timestamptz',
  bytes: 'binary',
  blob: 'binary',
  bytea: 'binary',
  guid: 'uuid',
  array: 'list<T>',
  object: 'struct<name: T, …>',
  row: 'struct<name: T, …>',
  dict: 'map<string,T>',
};

/** Deeper nesting is a mistake, and a bound keeps the reader's recursion small. */
const maxDepth = 16;

/** Reads a type of the pipeline file, such as `decimal(18,2)` or `map<string,list<bigint>>`. Throws BAD_INPUT. */
export function parseDataType(text: string): DataType {
  const { type, end } = readDataType(text, 0);
  if (text.slice(end).trim() !== '')
    throw expectedFound({ expected: `nothing behind ${formatDataType(type)}`, found: text.slice(end).trim() });
  return type;
}

/** Reads the type that starts at `start`; `end` is the position behind it. Throws BAD_INPUT. */
export function readDataType(text: string, start: number): { readonly type: DataType; readonly end: number } {
  let at = start;
  const type = readType(1);
  return { type, end: at };

  function readType(depth: number): DataType {
    if (depth > maxDepth) throw expectedFound({ expected: `a type nested at most ${maxDepth} deep`, found: text });
    const name = readWord();
    if (isPrimitive(name)) return { kind: name };
    if (name === 'decimal') return readDecimal();
    if (name === 'list') {
      open(name);
      const element = readType(depth + 1);
      close(name);
      return { kind: 'list', element };
    }
    if (name === 'map') return readMap(depth);
    if (name === 'struct') return readStruct(depth);
    const other = otherNames[name.toLowerCase()];
    const hint = other === undefined ? didYouMean(name, typeNames) : `did you mean ${other}?`;
    throw expectedFound({
      expected: `a type (${typeList})`,
      found: name === '' ? text.slice(at).trim() || undefined : name,
      hint,
    });
  }

  function readDecimal(): DataType {
    const match = /^\s*\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)/.exec(text.slice(at));
    const [whole, precisionText, scaleText] = match ?? [];
    const precision = Number(precisionText);
    const scale = Number(scaleText);
    if (whole === undefined || precision < 1 || precision > 38 || scale > precision) {
      throw expectedFound({
        expected: 'decimal(p,s) with 1 <= p <= 38 and 0 <= s <= p',
        found: `decimal${text.slice(at)}`,
      });
    }
    at += whole.length;
    return { kind: 'decimal', precision, scale };
  }

  function readMap(depth: number): DataType {
    open('map');
    const key = readType(depth + 1);
    if (key.kind !== 'string')
      throw expectedFound({
        expected: 'map<string,T>: keys of a JSON object are texts',
        found: `map<${formatDataType(key)},…>`,
      });
    if (!take(',')) throw expectedFound({ expected: 'map<string,T>', found: text.slice(start) });
    const value = readType(depth + 1);
    close('map');
    return { kind: 'map', key, value };
  }

  function readStruct(depth: number): DataType {
    open('struct');
    const fields: StructField[] = [];
    do {
      const name = readWord();
      if (!/^[A-Za-z_]/.test(name) || !take(':'))
        throw expectedFound({ expected: 'struct<name: T, …>', found: text.slice(start) });
      if (fields.some((field) => field.name.toLowerCase() === name.toLowerCase())) {
        throw expectedFound({
          expected: 'field names of a struct to differ (by more than case)',
          found: `${name} twice`,
        });
      }
      fields.push({ name, type: readType(depth + 1), ...readFormerName(name) });
    } while (take(','));
    close('struct');
    return { kind: 'struct', fields };
  }

  function readFormerName(name: string): Pick<StructField, 'was'> {
    const [whole, was] = /^\s+was\s+([A-Za-z_]\w*)/.exec(text.slice(at)) ?? [];
    if (whole === undefined || was === undefined) return {};
    if (was === name) throw expectedFound({ expected: 'another name than the field has now', found: `was ${was}` });
    at += whole.length;
    return { was };
  }

  function readWord(): string {
    const word = /^\s*([A-Za-z0-9_]*)/.exec(text.slice(at));
    at += word?.[0].length ?? 0;
    return word?.[1] ?? '';
  }

  function take(sign: string): boolean {
    const found = /^\s*(\S?)/.exec(text.slice(at));
    if (found?.[1] !== sign) return false;
    at += found[0].length;
    return true;
  }

  function open(name: string): void {
    if (!take('<'))
      throw expectedFound({
        expected: { list: 'list<T>', map: 'map<string,T>' }[name] ?? 'struct<name: T, …>',
        found: text.slice(start),
      });
  }

  function close(name: string): void {
    if (take('>')) return;
    const inside = /^\s*not\s+null/.test(text.slice(at));
    throw expectedFound({
      expected: inside ? `"not null" for the whole column only, not inside ${name}<…>` : `> at the end of ${name}<…>`,
      found: text.slice(start),
    });
  }
}

/** The type as the pipeline file writes it; `parseDataType` reads it back. */
export function formatDataType(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return `list<${formatDataType(type.element)}>`;
    case 'map':
      return `map<${formatDataType(type.key)},${formatDataType(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map(formatField).join(', ')}>`;
    default:
      return type.kind;
  }
}

function formatField({ name, type, was }: StructField): string {
  return `${name}: ${formatDataType(type)}${was === undefined ? '' : ` was ${was}`}`;
}

function isPrimitive(name: string): name is PrimitiveKind {
  return (primitiveKinds as readonly string[]).includes(name);
}
