import type { KeepRule, Retention } from '../../pipeline/model';

/** Which snapshots of a table's main line stay in its metadata. */
export interface SnapshotPolicy {
  /** Younger ones stay, up to `maxToKeep`. */
  readonly maxAgeMs: number;
  /** The newest this many stay, however old. At least 1. */
  readonly minToKeep: number;
  /**
   * No more than this many by age: every commit writes the whole list again (some 0.7 kB a snapshot), and a batch a second must not
   * end in a metadata.json of 400 MB. Older states are still read by the catalog's hashes, as long as the sweep keeps them.
   */
  readonly maxToKeep: number;
  readonly keep: readonly KeepRule[];
  /** Tags and branches inside the metadata that name no age of their own go when their snapshot is older than this. */
  readonly maxRefAgeMs?: number;
}

export type PolicyOverrides = Pick<Retention, 'snapshotsMs' | 'minSnapshots' | 'maxSnapshots'>;

const defaults = { maxAgeMs: 7 * 24 * 3600_000, minToKeep: 10, maxToKeep: 500 } as const;

/**
 * What holds for a table: what the command line says, else the table's properties (`history.expire.max-snapshot-age-ms`,
 * `history.expire.min-snapshots-to-keep`, `sluice.history.max-snapshots`), else the pipeline file's `retention`, else 7 days, at least 10, at most 500.
 * Rules to keep come from the pipeline file alone. Values that are no positive number count as absent.
 */
export function snapshotPolicy(input: {
  readonly properties: Readonly<Record<string, string>>;
  readonly retention?: Retention | undefined;
  readonly overrides?: PolicyOverrides | undefined;
}): SnapshotPolicy {
  const { properties, retention = {}, overrides = {} } = input;
  const property = (name: string): number | undefined => positiveNumber(properties[name]);
  const maxRefAgeMs = property('history.expire.max-ref-age-ms');
  const minToKeep =
    overrides.minSnapshots ??
    property('history.expire.min-snapshots-to-keep') ??
    retention.minSnapshots ??
    defaults.minToKeep;
  const maxToKeep =
    overrides.maxSnapshots ?? property('sluice.history.max-snapshots') ?? retention.maxSnapshots ?? defaults.maxToKeep;
  return {
    maxAgeMs:
      overrides.snapshotsMs ??
      property('history.expire.max-snapshot-age-ms') ??
      retention.snapshotsMs ??
      defaults.maxAgeMs,
    minToKeep,
    maxToKeep: Math.max(minToKeep, maxToKeep),
    keep: retention.keep ?? [],
    ...(maxRefAgeMs === undefined ? {} : { maxRefAgeMs }),
  };
}

/** The number that a property or a ref's setting spells; undefined when it is absent or not above zero. */
export function positiveNumber(value: unknown): number | undefined {
  const number = Number(value);
  return value === undefined || !(number > 0) ? undefined : number;
}
