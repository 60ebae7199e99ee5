import type { Column, DataType } from '../../pipeline/model';

/** How a value is read from a message and kept: numbers of every kind as a double that holds them exactly, texts as spans of bytes. */
export type PlainKind =
  'boolean' | 'int' | 'bigint' | 'float' | 'double' | 'decimal' | 'date' | 'timestamp' | 'timestamptz' | 'text' | 'map';

export interface PlainSlot {
  /** Place among the columns. */
  readonly index: number;
  readonly kind: PlainKind;
  readonly required: boolean;
  /** Of decimals: digits in all, and after the point. */
  readonly precision: number;
  readonly scale: number;
}

/** A field of the messages that columns read: a value, or an object on the way to some. */
export interface PlainField {
  /** The name as UTF-8. */
  readonly key: Uint8Array;
  readonly slot: PlainSlot | undefined;
  readonly children: readonly PlainField[];
}

export interface PlainFields {
  readonly fields: readonly PlainField[];
  readonly slots: readonly PlainSlot[];
}

/** A decimal of more digits could pass the integers that a double holds exactly. */
const DECIMAL_DIGITS = 15;

/** The fields that columns read; undefined where a column has a type that is only read by way of lines. */
export function plainFields(columns: readonly Column[]): PlainFields | undefined {
  const slots: PlainSlot[] = [];
  for (const [index, { type, required }] of columns.entries()) {
    const kind = kindOf(type);
    if (kind === undefined) return undefined;
    const { precision, scale } = type.kind === 'decimal' ? type : { precision: 0, scale: 0 };
    slots.push({ index, kind, required, precision, scale });
  }
  const fields = nest(columns.map(({ path }, index) => ({ path, slot: slots[index]! })));
  return fields && { fields, slots };
}

function kindOf(type: DataType): PlainKind | undefined {
  switch (type.kind) {
    case 'string':
      return 'text';
    case 'decimal':
      return type.precision <= DECIMAL_DIGITS ? 'decimal' : undefined;
    case 'map':
      return type.key.kind === 'string' && type.value.kind === 'string' ? 'map' : undefined;
    case 'binary':
    case 'uuid':
    case 'list':
    case 'struct':
      return undefined;
    default:
      return type.kind;
  }
}

interface Wanted {
  readonly path: readonly string[];
  readonly slot: PlainSlot;
}

/** Undefined where two columns read one field, or one reads through another's: the way over lines knows what that means. */
function nest(wanted: readonly Wanted[]): readonly PlainField[] | undefined {
  const groups = new Map<string, Wanted[]>();
  for (const item of wanted) {
    const key = item.path[0]!;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const fields: PlainField[] = [];
  for (const [name, group] of groups) {
    const key = new Uint8Array(Buffer.from(name, 'utf8'));
    if (group.length === 1 && group[0]!.path.length === 1) {
      fields.push({ key, slot: group[0]!.slot, children: [] });
      continue;
    }
    if (group.some(({ path }) => path.length === 1)) return undefined;
    const children = nest(group.map(({ path, slot }) => ({ path: path.slice(1), slot })));
    if (!children) return undefined;
    fields.push({ key, slot: undefined, children });
  }
  return fields;
}
