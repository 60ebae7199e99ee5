import type { ObjectStore } from '../objects/object-store';
import type { Marker } from './mark';
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
 * Places that look like tables (a `metadata/` folder with metadata files) which no branch, tag or retained commit names: tables that were
 * dropped, or that another catalog owns. Lists the whole warehouse.
 */
export async function droppedPlaces(
  { store, warehouse }: { readonly store: ObjectStore; readonly warehouse: string },
  marker: Pick<Marker, 'locations' | 'places'>,
): Promise<readonly SweptPlace[]> {
  const known = [...marker.locations.keys(), ...marker.places];
  const roots = new Set<string>();
  for await (const { uri } of store.list(`${warehouse}/`)) {
    if (kindOf(uri) !== 'metadata' || uri.startsWith(`${warehouse}/_sluice/`)) continue;
    const root = tableRootOf(uri);
    if (root !== undefined) roots.add(root);
  }
  return [...roots]
    .filter((root) => !isWithin(root, known) && !known.some((location) => isWithin(location, [root])))
    .map((root) => ({ name: `${root} (dropped)`, prefixes: [`${root}/data/`, `${root}/metadata/`] }));
}

const isWithin = (place: string, locations: readonly string[]): boolean =>
  locations.some((location) => place === location || place.startsWith(`${location}/`));
