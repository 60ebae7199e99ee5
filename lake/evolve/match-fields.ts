import type { Field } from '../iceberg/types';

export interface WantedName {
  readonly name: string;
  /** The name it had before, when the pipeline file says so. */
  readonly was?: string | undefined;
}

export interface Matches {
  /** By wanted name: the field that it is now; undefined for a new one. */
  readonly known: ReadonlyMap<string, Field>;
  /** By wanted name, why it cannot be. */
  readonly problems: readonly { readonly name: string; readonly message: string }[];
}

/**
 * Which fields of a table the wanted ones are: by name, or by the name they had before. Renames in a row (b was a, c was b) are followed
 * from their end. A rename that was done already is a match by name.
 */
export function matchFields(found: readonly Field[], wanted: readonly WantedName[]): Matches {
  const byName = new Map(found.map((field) => [field.name, field]));
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const known = new Map<string, Field>();
  const claimed = new Set<Field>();
  const claim = ({ name }: WantedName, field: Field | undefined): boolean => {
    if (!field || claimed.has(field) || known.has(name)) return false;
    known.set(name, field);
    claimed.add(field);
    return true;
  };
  const isFree = (name: string): boolean => byName.has(name) && !claimed.has(byName.get(name)!);
  let more = true;
  while (more) {
    more = false;
    for (const field of wanted)
      if (field.was !== undefined && !isFree(field.name) && claim(field, byName.get(field.was))) more = true;
  }
  for (const field of wanted) claim(field, byName.get(field.name));

  const problems: { name: string; message: string }[] = [];
  for (const field of wanted) {
    const message = whyNot(field);
    if (message !== undefined) problems.push({ name: field.name, message });
  }
  return { known, problems };

  function whyNot({ name, was }: WantedName): string | undefined {
    const field = known.get(name);
    if (was !== undefined && field?.name === name && isFree(was) && !wantedNames.has(was))
      return `the table has both ${was} and ${name}, so ${was} cannot become ${name}; take "was ${was}" away, and ${was} is dropped`;
    if (field !== undefined) return undefined;
    if (was !== undefined) {
      const owner = wanted.find((other) => other.name !== name && known.get(other.name)?.name === was);
      if (owner)
        return owner.name === was
          ? `${was} stays a column of its own, so it cannot become ${name}`
          : `${was} becomes ${owner.name} already, so it cannot become ${name} too`;
      return `the table has neither ${name} nor ${was}; correct the name behind "was", or take it away to add a new column`;
    }
    const twin = found.find((other) => !claimed.has(other) && other.name.toLowerCase() === name.toLowerCase());
    return twin && `the table has ${twin.name}, which differs by case only; write "was ${twin.name}" to rename it`;
  }
}
