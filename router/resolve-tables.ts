import { isSluiceError, SluiceError } from '../base/errors';
import { formatTableName, type TableName } from '../base/table-name';
import { loadContent, type Lake, type LoadedTable } from '../lake/lake';
import type { TableEntry } from '../lake/nessie/nessie';
import { inParallel } from '../lake/manifests';
import type { TableRef } from './statement';

/**
 * The tables that a query names, at one hash. SQL does not tell DB.T from db.t, the catalog does: the exact name wins, then the only one that
 * differs in case alone. Throws TABLE_NOT_FOUND with names that look alike, QUERY_REFUSED for a name that fits several.
 */
export async function resolveTables(
  lake: Lake,
  hash: string,
  refs: readonly TableRef[],
): Promise<readonly LoadedTable[]> {
  if (refs.length === 0) return [];
  const exact = await lake.nessie.contents(hash, refs);
  const entries = refs.every((ref) => exact.has(formatTableName(ref))) ? undefined : await lake.nessie.entries(hash);
  const found = new Map<string, TableEntry>();
  for (const ref of refs) {
    const content = exact.get(formatTableName(ref));
    const entry = content
      ? { name: { namespace: ref.namespace, name: ref.name }, content }
      : await pickOrExplain({ lake, hash, ref, entries: entries ?? [] });
    const key = formatTableName(entry.name);
    const twin = [...found.keys()].find((other) => other !== key && other.toLowerCase() === key.toLowerCase());
    if (twin !== undefined)
      throw new SluiceError(
        'QUERY_REFUSED',
        `${twin} and ${key} differ in case only: SQL cannot tell them apart in one query`,
      );
    found.set(key, entry);
  }
  return inParallel([...found.values()], 8, ({ name, content }) => loadContent(lake, name, content));
}

/** A state of the past lacks tables that were made since: that is said, for the name is right. */
async function pickOrExplain(input: {
  readonly lake: Lake;
  readonly hash: string;
  readonly ref: TableRef;
  readonly entries: readonly TableEntry[];
}): Promise<TableEntry> {
  const { lake, hash, ref, entries } = input;
  try {
    return pickIgnoringCase(ref, entries);
  } catch (error) {
    if (!isSluiceError(error, 'TABLE_NOT_FOUND')) throw error;
    const main = await lake.nessie.getRef(lake.mainBranch);
    if (main.hash === hash || !(await lake.nessie.content(main.hash, ref))) throw error;
    const name = formatTableName(ref);
    throw new SluiceError('TABLE_NOT_FOUND', `${name} is on ${lake.mainBranch} now, but not at ${hash.slice(0, 12)}`, {
      cure: `\`sluice log --table ${name}\` shows since when: name a state that has it.`,
    });
  }
}

/** Pure. Also used with no entries at all: then the table is missing. */
export function pickIgnoringCase(ref: TableRef, entries: readonly TableEntry[]): TableEntry {
  const wanted = formatTableName(ref).toLowerCase();
  const same = entries.filter(({ name }) => formatTableName(name).toLowerCase() === wanted);
  if (same.length === 1) return same[0]!;
  if (same.length > 1) {
    throw new SluiceError(
      'QUERY_REFUSED',
      `${formatTableName(ref)} may be ${same.map(({ name }) => formatTableName(name)).join(' or ')}`,
      { cure: 'Write the name in the right case.' },
    );
  }
  const near = lookAlikes(
    ref,
    entries.map(({ name }) => name),
  );
  throw new SluiceError('TABLE_NOT_FOUND', `no table ${formatTableName(ref)} at this ref`, {
    cure:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : 'SHOW TABLES lists what there is; `ref` may name another state of the lake.',
  });
}

/** The same name elsewhere, then names that begin alike, those of the same namespace first. */
function lookAlikes(ref: TableRef, names: readonly TableName[]): readonly string[] {
  const name = ref.name.toLowerCase();
  const score = (other: TableName): number => {
    const theirs = other.name.toLowerCase();
    if (theirs === name) return 3;
    const alike = theirs.startsWith(name.slice(0, Math.max(3, name.length - 2))) || name.startsWith(theirs);
    if (!alike) return 0;
    return other.namespace.toLowerCase() === ref.namespace.toLowerCase() ? 2 : 1;
  };
  const scored = names.map((other) => ({ text: formatTableName(other), score: score(other) }));
  const best = Math.max(0, ...scored.map((item) => item.score));
  return scored
    .filter((item) => item.score > 0 && item.score === best)
    .map(({ text }) => text)
    .sort()
    .slice(0, 3);
}
