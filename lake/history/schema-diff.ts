import { childFields, typeText } from '../iceberg/schema';
import type { Field, Schema } from '../iceberg/types';
import { isPrimitive } from '../iceberg/values';

export type SchemaChange =
  | { readonly change: 'added' | 'dropped'; readonly id: number; readonly column: string; readonly type: string }
  | {
      readonly change: 'renamed' | 'type' | 'nullability';
      readonly id: number;
      /** As it is called on the second side. */
      readonly column: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly change: 'reordered'; readonly from: readonly string[]; readonly to: readonly string[] };

interface Flat {
  readonly field: Field;
  readonly path: string;
  /** Added and dropped fields are told once, with all that is in them. */
  readonly parentId: number | undefined;
}

/** What differs between two schemas of one table, by field id, nested fields too: the order of columns only where nothing else moved them. Pure. */
export function diffSchemas(from: Schema, to: Schema): readonly SchemaChange[] {
  const [before, after] = [flatten(from), flatten(to)];
  const only = (these: ReadonlyMap<number, Flat>, those: ReadonlyMap<number, Flat>): readonly Flat[] =>
    [...these].flatMap(([id, flat]) =>
      those.has(id) || (flat.parentId !== undefined && !those.has(flat.parentId)) ? [] : [flat],
    );
  const whole = ({ field, path }: Flat) => ({ id: field.id, column: path, type: columnType(field) });
  const changes: SchemaChange[] = [
    ...only(before, after).map((flat) => ({ change: 'dropped' as const, ...whole(flat) })),
    ...only(after, before).map((flat) => ({ change: 'added' as const, ...whole(flat) })),
  ];
  for (const [id, now] of after) {
    const was = before.get(id);
    if (was) changes.push(...fieldChanges(was, now));
  }
  const kept = (schema: Schema, other: ReadonlyMap<number, Flat>): readonly Field[] =>
    schema.fields.filter(({ id }) => other.has(id));
  const [left, right] = [kept(from, after), kept(to, before)];
  if (left.some(({ id }, index) => id !== right[index]?.id))
    changes.push({ change: 'reordered', from: left.map(({ name }) => name), to: right.map(({ name }) => name) });
  return changes;
}

function fieldChanges(was: Flat, now: Flat): readonly SchemaChange[] {
  const about = { id: now.field.id, column: now.path };
  const changes: SchemaChange[] = [];
  if (was.field.name !== now.field.name) changes.push({ change: 'renamed', ...about, from: was.path, to: now.path });
  if (ownType(was.field) !== ownType(now.field))
    changes.push({ change: 'type', ...about, from: ownType(was.field), to: ownType(now.field) });
  if (was.field.required !== now.field.required) {
    const text = ({ field }: Flat): string => (field.required ? 'not null' : 'nullable');
    changes.push({ change: 'nullability', ...about, from: text(was), to: text(now) });
  }
  return changes;
}

function flatten(schema: Schema): ReadonlyMap<number, Flat> {
  const found = new Map<number, Flat>();
  const visit = (field: Field, prefix: string, parentId: number | undefined): void => {
    const path = prefix === '' ? field.name : `${prefix}.${field.name}`;
    found.set(field.id, { field, path, parentId });
    for (const child of childFields(field.type)) visit(child, path, field.id);
  };
  for (const field of schema.fields) visit(field, '', undefined);
  return found;
}

/** Of a nested type only its kind: what is in it is compared by itself. */
function ownType({ type }: Field): string {
  return isPrimitive(type) ? type : type.type;
}

function columnType({ type, required }: Field): string {
  return `${typeText(type)}${required ? ' not null' : ''}`;
}
