import type { Column, DataType } from './model';

/** Names that columns and nested fields had before, by their path now: `{ full_name: 'name', 'address.street': 'road', 'tags.element.key': 'k' }`. */
export function formerNames(
  columns: readonly Pick<Column, 'name' | 'type' | 'was'>[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(columns.flatMap(({ name, type, was }) => [...own(name, was), ...inside(name, type)]));
}

function own(path: string, was: string | undefined): readonly (readonly [string, string])[] {
  return was === undefined ? [] : [[path, was]];
}

function inside(path: string, type: DataType): readonly (readonly [string, string])[] {
  switch (type.kind) {
    case 'list':
      return inside(`${path}.element`, type.element);
    case 'map':
      return inside(`${path}.value`, type.value);
    case 'struct':
      return type.fields.flatMap((field) => {
        const here = `${path}.${field.name}`;
        return [...own(here, field.was), ...inside(here, field.type)];
      });
    default:
      return [];
  }
}
