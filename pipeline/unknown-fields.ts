/** Type of a column that `unknown_fields: evolve` adds. */
export type EvolvedKind = 'boolean' | 'bigint' | 'double' | 'string';

/** A field of the messages that no column reads, and what its values are. */
export interface UnknownField {
  readonly name: string;
  readonly kind: EvolvedKind;
  /** Whole numbers that a double does not hold exactly are among them. */
  readonly wide?: true;
}

/** A column that is added by itself. */
export interface EvolvedColumn {
  readonly name: string;
  readonly kind: EvolvedKind;
}

/** Columns that one table gets by itself, at most: what comes beyond stands in `_extra`. */
export const EVOLVED_LIMIT = 100;

/** What several readers of a batch found, as columns in the order of their names. Pure: the same whatever the order of the readers. */
export function mergeUnknown(found: readonly (readonly UnknownField[])[]): readonly EvolvedColumn[] {
  const byName = new Map<string, UnknownField>();
  for (const field of found.flat()) {
    const known = byName.get(field.name);
    byName.set(field.name, known ? common(known, field) : field);
  }
  const inOrder = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lower = inOrder.map(({ name }) => name.toLowerCase());
  return inOrder.filter((_, index) => lower.indexOf(lower[index]!) === index).map(({ name, kind }) => ({ name, kind }));
}

function common(a: UnknownField, b: UnknownField): UnknownField {
  const wide = a.wide || b.wide ? { wide: true as const } : {};
  if (a.kind === b.kind) return { ...a, ...wide };
  const kinds = [a.kind, b.kind];
  const numbers = kinds.every((kind) => kind === 'bigint' || kind === 'double');
  return { name: a.name, kind: numbers && !a.wide && !b.wide ? 'double' : 'string', ...wide };
}
