import type { ColumnDefinition } from '../../../lake/iceberg/schema';
import type { Field, IcebergType } from '../../../lake/iceberg/types';
import { isPrimitive } from '../../../lake/iceberg/values';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Draw {
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A name that was never given before. */
  name(): string;
}

export function drawOf(random: () => number): Draw {
  let names = 0;
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    chance: (share) => random() < share,
    pick: (items) => items[below(items.length)]!,
    name: () => `f${(names += 1)}`,
  };
}

const primitives: readonly IcebergType[] = ['int', 'long', 'float', 'double', 'decimal(6,2)', 'string', 'boolean'];

export function randomType(draw: Draw, depth: number): IcebergType {
  const kind = depth >= 3 ? 0 : draw.below(8);
  if (kind === 5)
    return { type: 'list', 'element-id': 0, 'element-required': false, element: randomType(draw, depth + 1) };
  if (kind === 6)
    return {
      type: 'map',
      'key-id': 0,
      key: 'string',
      'value-id': 0,
      'value-required': false,
      value: randomType(draw, depth + 1),
    };
  if (kind === 7 || depth === 2)
    return {
      type: 'struct',
      fields: randomFields(draw, 1 + draw.below(3), depth + 1).map((field) => ({ ...field, id: 0 })),
    };
  return draw.pick(primitives);
}

export function randomFields(draw: Draw, count: number, depth: number): readonly ColumnDefinition[] {
  return Array.from({ length: count }, () => ({ name: draw.name(), type: randomType(draw, depth), required: false }));
}

export interface Wanted {
  readonly columns: readonly ColumnDefinition[];
  readonly formerNames: Readonly<Record<string, string>>;
}

/** A few allowed changes of the fields, at every level: new ones, others gone, renamed, widened, in another order. */
export function randomEvolution(draw: Draw, fields: readonly Field[]): Wanted {
  const formerNames: Record<string, string> = {};
  return { columns: struct('', fields, 0), formerNames };

  function struct(path: string, found: readonly Field[], depth: number): readonly ColumnDefinition[] {
    const kept = found.filter(() => draw.chance(0.85));
    const staying = kept.length === 0 ? [draw.pick(found)] : kept;
    const result: ColumnDefinition[] = staying.map((field) => {
      const name = draw.chance(0.2) ? draw.name() : field.name;
      const at = path === '' ? name : `${path}.${name}`;
      if (name !== field.name) formerNames[at] = field.name;
      return { name, required: false, type: retype(at, field.type, depth) };
    });
    if (draw.chance(0.4)) result.splice(draw.below(result.length + 1), 0, ...randomFields(draw, 1, depth));
    if (draw.chance(0.2)) result.reverse();
    return result;
  }

  function retype(path: string, type: IcebergType, depth: number): IcebergType {
    if (isPrimitive(type)) return draw.chance(0.3) ? widened(type) : type;
    if (type.type === 'list') return { ...type, element: retype(`${path}.element`, type.element, depth + 1) };
    if (type.type === 'map') return { ...type, value: retype(`${path}.value`, type.value, depth + 1) };
    return { type: 'struct', fields: struct(path, type.fields, depth + 1).map((field) => ({ ...field, id: 0 })) };
  }
}

function widened(type: IcebergType): IcebergType {
  if (type === 'int') return 'long';
  if (type === 'float') return 'double';
  return type === 'decimal(6,2)' ? 'decimal(12,2)' : type;
}

/** A value by field ids, so that names and places do not matter: what a row holds whatever becomes of the schema. */
export type Held = null | number | string | boolean | readonly Held[] | ReadonlyMap<number | string, Held>;

export function randomHeld(draw: Draw, type: IcebergType): Held {
  if (draw.chance(0.15)) return null;
  if (isPrimitive(type)) {
    if (type === 'string') return `s${draw.below(1000)}`;
    if (type === 'boolean') return draw.chance(0.5);
    return type === 'int' || type === 'long' ? draw.below(100_000) - 50_000 : (draw.below(4000) - 2000) / 4;
  }
  if (type.type === 'list') return Array.from({ length: draw.below(3) }, () => randomHeld(draw, type.element));
  if (type.type === 'map')
    return new Map(Array.from({ length: draw.below(3) }, (_, index) => [`k${index}`, randomHeld(draw, type.value)]));
  return new Map(type.fields.map((field) => [field.id, randomHeld(draw, field.type)]));
}

/** What a reader of the current type sees of a value that was written under an older one. */
export function seenAs(type: IcebergType, held: Held | undefined): unknown {
  if (held === undefined || held === null) return null;
  if (isPrimitive(type)) return held;
  if (type.type === 'list') return (held as readonly Held[]).map((item) => seenAs(type.element, item));
  const entries = held as ReadonlyMap<number | string, Held>;
  if (type.type === 'map')
    return Object.fromEntries([...entries].map(([key, value]) => [key, seenAs(type.value, value)]));
  return Object.fromEntries(type.fields.map((field) => [field.name, seenAs(field.type, entries.get(field.id))]));
}
