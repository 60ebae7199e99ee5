import { SluiceError } from '../../base/errors';
import { sha256Hex } from '../../base/hash';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { changeText, type TableChange } from '../../lake/evolve/change';
import { propertiesOfFile } from '../../lake/evolve/evolve-properties';
import { needTable } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { publishChange } from '../../lake/publish-change';
import { stageMetadata } from '../../lake/stage';
import { requireProperty, whyReserved } from '../../pipeline/table-properties';

export interface PropertiesInput {
  readonly table: TableName;
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly by: string;
  readonly dryRun: boolean;
  readonly nowMs: number;
}

export interface PropertiesResult {
  readonly table: string;
  readonly changes: readonly TableChange[];
  /** Of the changed ones, those that the pipeline file sets: the next `sluice apply` puts its values back. */
  readonly ofFile: readonly string[];
  readonly outcome: 'published' | 'nothing' | 'dry run';
}

/**
 * Sets and takes away properties of a table on main, in a commit of its own. Throws BAD_INPUT for a property that Sluice does not heed or that
 * nobody may set, TABLE_NOT_FOUND, CATALOG_CONFLICT when batches were first again and again.
 */
export async function changeProperties(lake: Lake, input: PropertiesInput): Promise<PropertiesResult> {
  const { table, set, unset, by, dryRun, nowMs } = input;
  for (const [key, value] of Object.entries(set)) requireProperty(key, value);
  for (const key of unset) {
    const why = whyReserved(key);
    if (why !== undefined) throw new SluiceError('BAD_INPUT', `property ${key} stays: ${why}`);
  }
  const name = formatTableName(table);
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const standing = await needTable(lake, hash, table);
  const changes = propertyChanges(standing, input);
  const changed = new Set(changes.flatMap((change) => (change.kind === 'property' ? [change.key] : [])));
  const ofFile = propertiesOfFile(standing.metadata).filter((key) => changed.has(key));
  if (dryRun || changes.length === 0)
    return { table: name, changes, ofFile, outcome: changes.length === 0 ? 'nothing' : 'dry run' };
  const outcome = await publishChange(lake, {
    tables: [table],
    kind: 'properties',
    id: sha256Hex(`${name} ${JSON.stringify([set, unset])} ${nowMs}`).slice(0, 16),
    message: `properties of ${name}: ${changes.map((change) => changeText(change).text).join('; ')}`.slice(0, 500),
    properties: { 'sluice.by': by },
    stage: async (tables) => {
      const now = tables.get(name);
      if (!now || propertyChanges(now, input).length === 0) return [];
      const kept = Object.entries(now.metadata.properties).filter(([key]) => !unset.includes(key));
      const properties = { ...Object.fromEntries(kept), ...set };
      return [await stageMetadata(lake, now, { ...now.metadata, properties }, nowMs)];
    },
  });
  if (outcome === 'yielded') {
    throw new SluiceError('CATALOG_CONFLICT', `properties of ${name}: batches were first again and again`, {
      cure: 'Nothing was changed. Run the command again.',
    });
  }
  return { table: name, changes, ofFile, outcome };
}

function propertyChanges({ metadata }: LoadedTable, { set, unset }: PropertiesInput): readonly TableChange[] {
  const { properties } = metadata;
  return [
    ...Object.entries(set).flatMap(([key, to]): readonly TableChange[] => {
      const from = properties[key];
      if (from === to) return [];
      return [{ kind: 'property', key, to, ...(from === undefined ? {} : { from }) }];
    }),
    ...unset.flatMap((key): readonly TableChange[] => {
      const from = properties[key];
      return from === undefined ? [] : [{ kind: 'property', key, from }];
    }),
  ];
}
