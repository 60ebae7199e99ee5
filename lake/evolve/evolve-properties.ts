import type { TableMetadata } from '../iceberg/types';
import type { TableChange } from './change';

/** Names of the properties that the pipeline file sets: what it no longer names goes, what a person set by hand stays. */
const FROM_FILE = 'sluice.properties-of-file';

/** Properties of a new table, or of one after the change. */
export function settingsProperties(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const keys = Object.keys(settings).sort();
  return keys.length === 0 ? {} : { ...settings, [FROM_FILE]: keys.join(',') };
}

export function propertiesOfFile({ properties }: Pick<TableMetadata, 'properties'>): readonly string[] {
  return properties[FROM_FILE]?.split(',') ?? [];
}

/** The table's properties with those of the pipeline file, without those that the file named before and no longer does. */
export function evolveProperties(
  metadata: Pick<TableMetadata, 'properties'>,
  settings: Readonly<Record<string, string>>,
): { readonly properties: TableMetadata['properties']; readonly changes: readonly TableChange[] } {
  const { properties } = metadata;
  const gone = propertiesOfFile(metadata).filter((key) => !(key in settings) && key in properties);
  const changes: TableChange[] = [
    ...Object.entries(settings).flatMap(([key, to]): readonly TableChange[] => {
      const from = properties[key];
      if (from === to) return [];
      return [{ kind: 'property', key, to, ...(from === undefined ? {} : { from }) }];
    }),
    ...gone.map((key): TableChange => ({ kind: 'property', key, from: properties[key]! })),
  ];
  if (changes.length === 0) return { properties, changes };
  const kept = Object.entries(properties).filter(([key]) => key !== FROM_FILE && !gone.includes(key));
  return { properties: { ...Object.fromEntries(kept), ...settingsProperties(settings) }, changes };
}
