import type { Field, IcebergType, ListType, MapType, PartitionSpec, PrimitiveType, Schema, StructType } from './types';
import { parseTransform, transformResultType } from './transforms';
import { isPrimitive } from './values';

/** All fields of a schema by id, nested ones too; list elements and map keys and values appear under their own ids. */
export function fieldsById(schema: StructType): ReadonlyMap<number, Field> {
  const found = new Map<number, Field>();
  const visit = (field: Field): void => {
    found.set(field.id, field);
    for (const child of childFields(field.type)) visit(child);
  };
  schema.fields.forEach(visit);
  return found;
}

/** The fields right under a type: struct fields, `element`, or `key` and `value`. None for a primitive. */
export function childFields(type: IcebergType): readonly Field[] {
  if (isPrimitive(type)) return [];
  if (type.type === 'struct') return type.fields;
  if (type.type === 'list')
    return [{ id: type['element-id'], name: 'element', required: type['element-required'], type: type.element }];
  return [
    { id: type['key-id'], name: 'key', required: true, type: type.key },
    { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
  ];
}

export interface LeafField {
  readonly id: number;
  /** `a`, `st.x`, `tags.element`, `properties.key`. */
  readonly path: readonly string[];
  readonly type: PrimitiveType;
}

/** The primitive columns of a schema in order: metrics of a data file are keyed by their ids. */
export function leafFields(schema: StructType): readonly LeafField[] {
  const visit = (field: Field, path: readonly string[]): LeafField[] => {
    const here = [...path, field.name];
    return isPrimitive(field.type)
      ? [{ id: field.id, path: here, type: field.type }]
      : childFields(field.type).flatMap((child) => visit(child, here));
  };
  return schema.fields.flatMap((field) => visit(field, []));
}

/** A column by name; `a.b` reaches into structs. Undefined when there is none. */
export function findField(schema: StructType, name: string): Field | undefined {
  const whole = schema.fields.find((field) => field.name === name);
  if (whole || !name.includes('.')) return whole;
  const [head, ...rest] = name.split('.');
  const parent = schema.fields.find((field) => field.name === head);
  return parent && !isPrimitive(parent.type) && parent.type.type === 'struct'
    ? findField(parent.type, rest.join('.'))
    : undefined;
}

/** A column before it has ids; ids inside `type` are ignored and given anew. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: IcebergType;
  readonly required: boolean;
  readonly doc?: string;
}

/** Gives ids from `firstId` on: a field before its children, depth first. */
export function assignIds(
  columns: readonly ColumnDefinition[],
  firstId = 1,
): { readonly fields: readonly Field[]; readonly lastId: number } {
  let last = firstId - 1;
  const next = (): number => (last += 1);
  const retype = (type: IcebergType): IcebergType => {
    if (isPrimitive(type)) return type;
    if (type.type === 'struct') return { type: 'struct', fields: type.fields.map(refield) };
    if (type.type === 'list') {
      const id = next();
      return {
        type: 'list',
        'element-id': id,
        'element-required': type['element-required'],
        element: retype(type.element),
      } satisfies ListType;
    }
    const keyId = next();
    const key = retype(type.key);
    const valueId = next();
    return {
      type: 'map',
      'key-id': keyId,
      key,
      'value-id': valueId,
      'value-required': type['value-required'],
      value: retype(type.value),
    } satisfies MapType;
  };
  const refield = (column: ColumnDefinition): Field => {
    const id = next();
    const type = retype(column.type);
    return {
      id,
      name: column.name,
      required: column.required,
      type,
      ...(column.doc === undefined ? {} : { doc: column.doc }),
    };
  };
  const fields = columns.map(refield);
  return { fields, lastId: last };
}

/** A type as people write it: `map<string,long>`, `struct<a: int>`. */
export function typeText(type: IcebergType): string {
  if (isPrimitive(type)) return type;
  if (type.type === 'list') return `list<${typeText(type.element)}>`;
  if (type.type === 'map') return `map<${typeText(type.key)},${typeText(type.value)}>`;
  return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
}

/**
 * Result types of a spec's fields, in order. Looks through all schemas, the latest first: a source column may have been dropped since.
 * Undefined for a field whose source is nowhere or whose transform is unknown.
 */
export function partitionTypes(
  spec: PartitionSpec,
  schemas: readonly Schema[],
): readonly (PrimitiveType | undefined)[] {
  const latestFirst = [...schemas].sort((a, b) => b['schema-id'] - a['schema-id']).map(fieldsById);
  return spec.fields.map((field) => {
    const transform = parseTransform(field.transform);
    const source = latestFirst.map((fields) => fields.get(field['source-id'])?.type).find((type) => type !== undefined);
    return source === undefined || !isPrimitive(source) || transform.kind === 'unknown'
      ? undefined
      : transformResultType(transform, source);
  });
}
