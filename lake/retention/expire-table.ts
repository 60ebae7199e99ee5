import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Retention } from '../../pipeline/model';
import { planExpiry } from '../expiry';
import type { ExpiryPlan } from '../expiry';
import type { Lake, LoadedTable } from '../lake';
import { publishChange } from '../publish-change';
import type { PublishOutcome } from '../publish-change';
import { stageMetadata } from '../stage';
import { snapshotPolicy } from './snapshot-policy';
import type { PolicyOverrides, SnapshotPolicy } from './snapshot-policy';

export interface ExpiryRules {
  /** Of the pipeline that writes the table. */
  readonly retention?: Retention | undefined;
  /** Of the command line. */
  readonly overrides?: PolicyOverrides | undefined;
}

export interface ExpireTableInput extends ExpiryRules {
  readonly table: TableName;
  /** Names the run in the commit's properties and in its branch. */
  readonly id: string;
  readonly nowMs: number;
}

export interface ExpiryOutcome {
  /** `missing`: the table does not exist (any more). */
  readonly outcome: PublishOutcome | 'missing';
  readonly removed: number;
  readonly kept: number;
  readonly refsRemoved: readonly string[];
}

/** What an expiry would do to a table, and by which policy. Changes nothing. */
export function planTableExpiry(
  { metadata }: Pick<LoadedTable, 'metadata'>,
  { retention, overrides, nowMs }: ExpiryRules & { readonly nowMs: number },
): ExpiryPlan & { readonly policy: SnapshotPolicy } {
  const policy = snapshotPolicy({ properties: metadata.properties, retention, overrides });
  return { ...planExpiry(metadata, { ...policy, nowMs }), policy };
}

/**
 * Takes snapshots past retention out of a table's metadata on main, as one commit. Deletes no file: tags, branches and older commits of
 * the catalog have metadata of their own, which still lists them. Running it again finds nothing to do.
 */
export async function expireTable(lake: Lake, input: ExpireTableInput): Promise<ExpiryOutcome> {
  const name = formatTableName(input.table);
  let found: Omit<ExpiryOutcome, 'outcome'> | undefined;
  const outcome = await publishChange(lake, {
    tables: [input.table],
    kind: 'expiry',
    id: input.id,
    message: `expire snapshots of ${name}`,
    stage: async (tables) => {
      found = undefined;
      const table = tables.get(name);
      if (!table) return [];
      const { metadata, snapshots, refsRemoved } = planTableExpiry(table, input);
      const kept = snapshots.filter(({ stays }) => stays).length;
      found = { removed: snapshots.length - kept, kept, refsRemoved };
      return metadata ? [await stageMetadata(lake, table, metadata, input.nowMs)] : [];
    },
  });
  if (!found) return { outcome: 'missing', removed: 0, kept: 0, refsRemoved: [] };
  // A lost race took nothing out; the count of what stays is that of the last look.
  return outcome === 'published' ? { outcome, ...found } : { outcome, ...found, removed: 0, refsRemoved: [] };
}
