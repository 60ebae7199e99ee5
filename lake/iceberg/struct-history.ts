import { childFields } from './schema';
import { structHistory, type Field, type Schema, type StructHistory } from './types';
import { isPrimitive } from './values';

/*
 * Columns are found in a data file by field id. DuckDB finds the fields inside a struct by name, so what those were called when the file
 * was written must be known: a table's metadata lists all its schemas.
 */

/** By the id of the field that holds a struct: which fields it had over all schemas of a table. */
export function structHistories(schemas: readonly Schema[]): ReadonlyMap<number, StructHistory> {
  const histories = new Map<number, Map<number, { names: string[]; last: Field }>>();
  const visit = (field: Field): void => {
    if (!isPrimitive(field.type) && field.type.type === 'struct') {
      const history = histories.get(field.id) ?? new Map<number, { names: string[]; last: Field }>();
      histories.set(field.id, history);
      for (const inner of field.type.fields) {
        const names = history.get(inner.id)?.names ?? [];
        if (!names.includes(inner.name)) names.push(inner.name);
        history.set(inner.id, { names, last: inner });
      }
    }
    childFields(field.type).forEach(visit);
  };
  const inOrder = [...schemas].sort((a, b) => a['schema-id'] - b['schema-id']);
  for (const schema of inOrder) schema.fields.forEach(visit);
  return histories;
}

/** Names inside a struct that two of its fields had, one after the other, compared as SQL does it: by name nobody could say which of the two a file holds. */
export function reusedNames(
  schemas: readonly Schema[],
): readonly { readonly structId: number; readonly name: string }[] {
  return [...structHistories(schemas)].flatMap(([structId, history]) => {
    const owners = new Map<string, number>();
    return [...history].flatMap(([id, { names }]) =>
      names.flatMap((name) => {
        const owner = owners.get(name.toLowerCase()) ?? id;
        owners.set(name.toLowerCase(), owner);
        return owner === id ? [] : [{ structId, name }];
      }),
    );
  });
}

const known = new WeakMap<readonly Schema[], Map<number, Schema>>();

/** The schema with the histories of those structs that lost or renamed a field; itself when none did. */
export function withStructHistory(schema: Schema, schemas: readonly Schema[]): Schema {
  if (schemas.length === 1) return schema;
  const made = known.get(schemas) ?? new Map<number, Schema>();
  known.set(schemas, made);
  const id = schema['schema-id'];
  const found = made.get(id) ?? marked(schema, schemas);
  made.set(id, found);
  return found;
}

function marked(schema: Schema, schemas: readonly Schema[]): Schema {
  const now = structHistories([schema]);
  const moved = [...structHistories(schemas)].filter(([structId, history]) => {
    const fields = now.get(structId);
    return [...history].some(([id, { names }]) => names.some((name) => !fields?.get(id)?.names.includes(name)));
  });
  // Structs that are gone matter inside one that lost them: files still hold them under the names of then.
  return moved.some(([structId]) => now.has(structId)) ? { ...schema, [structHistory]: new Map(moved) } : schema;
}
