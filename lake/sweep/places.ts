import { parseJson } from '../../base/json';
import type { ObjectStore } from '../objects/object-store';
import type { Marker } from './mark';
import { readPlain } from './read-plain';
import { kindOf, plansPrefix, tableRootOf } from './place';

/** A folder whose objects may be orphans, and what it is called in the report. */
export interface SweptPlace {
  readonly name: string;
  readonly prefixes: readonly string[];
}

/**
 * The places of the tables that were marked, and of the lists that activities hand to each other. Tables outside the warehouse, and folders
 * that settings such as `write.data.path` name, are left alone: others may keep files there.
 */
export function livePlaces(warehouse: string, marker: Pick<Marker, 'locations'>): readonly SweptPlace[] {
  const tables = [...marker.locations]
    .filter(([location]) => location.startsWith(`${warehouse}/`))
    .map(([location, names]): SweptPlace => ({
      name: [...names].sort().join(', '),
      prefixes: [`${location}/data/`, `${location}/metadata/`],
    }));
  return [...tables, { name: 'file lists of batches', prefixes: [plansPrefix(warehouse)] }];
}

/**
 * Places that look like tables (a `metadata/` folder with metadata files of tables) which no branch, tag or retained commit names: tables that
 * were dropped, or that another catalog owns. Views look alike from outside, and no mark reaches them: one metadata file of each place is
 * read. Lists the whole warehouse. Throws what reading throws: a place that cannot be told from a view is not swept.
 */
export async function droppedPlaces(
  { store, warehouse }: { readonly store: ObjectStore; readonly warehouse: string },
  marker: Pick<Marker, 'locations' | 'places'>,
): Promise<readonly SweptPlace[]> {
  const known = [...marker.locations.keys(), ...marker.places];
  const roots = new Map<string, string>();
  for await (const { uri } of store.list(`${warehouse}/`)) {
    if (kindOf(uri) !== 'metadata' || uri.startsWith(`${warehouse}/_sluice/`)) continue;
    const root = tableRootOf(uri);
    if (root !== undefined) roots.set(root, uri);
  }
  const unnamed = [...roots].filter(
    ([root]) => !isWithin(root, known) && !known.some((location) => isWithin(location, [root])),
  );
  const tables: string[] = [];
  for (const [root, uri] of unnamed) if (await isOfTable(store, uri)) tables.push(root);
  return tables.map((root) => ({ name: `${root} (dropped)`, prefixes: [`${root}/data/`, `${root}/metadata/`] }));
}

/** A view's metadata has a `view-uuid` in place of a table's (view spec "View Metadata"); the oldest tables have no uuid, but a list of snapshots or none. */
async function isOfTable(store: ObjectStore, uri: string): Promise<boolean> {
  const found = parseJson<Readonly<Record<string, unknown>>>(await readPlain(store, uri));
  return found['view-uuid'] === undefined && found['last-column-id'] !== undefined;
}

const isWithin = (place: string, locations: readonly string[]): boolean =>
  locations.some((location) => place === location || place.startsWith(`${location}/`));
