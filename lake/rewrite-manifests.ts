import { formatTableName } from '../base/table-name';
import type { TableName } from '../base/table-name';
import { sha256Hex } from '../base/hash';
import { writeManifestList } from './iceberg/manifest-list';
import type { ManifestFile } from './iceberg/manifest-list';
import { currentSnapshot, snapshotIdFor } from './iceberg/metadata';
import { partitionTypes } from './iceberg/schema';
import { snapshotSummary } from './iceberg/summary';
import type { Snapshot, TableMetadata } from './iceberg/types';
import type { Lake, LoadedTable } from './lake';
import { canRewrite, clusterEntries, dataManifests, scanWidth } from './manifest-cluster';
import { targetManifestBytes } from './manifest-merge';
import { manifestWriter } from './manifest-writer';
import type { NewObject } from './manifest-writer';
import { inParallel, manifestsOf, openManifest } from './manifests';
import { publishChange } from './publish-change';
import type { PublishOutcome } from './publish-change';
import { liveEntries } from './snapshot-base';
import { stageSnapshot } from './stage';
import type { StagedTable } from './stage';

/** A query that opens more manifests than this for one partition makes a rewrite worth while. */
const MOST_PER_SCAN = 20;
const MOST_PER_SCAN_PROPERTY = 'sluice.manifests.max-per-scan';
const READS_AT_ONCE = 8;

/** Manifests of a table: how many there are, and how many a query for one partition opens at worst. */
export interface ManifestCounts {
  readonly manifests: number;
  readonly perScan: number;
}

export interface RewriteManifestsOutcome {
  /** `fine`: scans open few enough, or clustering would not halve it. */
  readonly outcome: PublishOutcome | 'fine' | 'missing';
  readonly before: ManifestCounts;
  readonly after: ManifestCounts;
}

export interface RewriteManifestsInput {
  readonly table: TableName;
  readonly id: string;
  readonly nowMs: number;
  /** Also where scans open few enough. */
  readonly always?: boolean;
  /** Says what would be done; writes nothing. */
  readonly dryRun?: boolean;
}

/**
 * Writes the manifests of a table anew, files of one partition together, when a query for one partition would open too many (20, or the table's
 * `sluice.manifests.max-per-scan`) and clustering at least halves that. A `replace` snapshot that adds and removes no file: entries keep
 * their snapshot and sequence numbers, delete manifests stay as they are. Reads every data manifest, no data file.
 */
export async function rewriteManifests(lake: Lake, input: RewriteManifestsInput): Promise<RewriteManifestsOutcome> {
  const name = formatTableName(input.table);
  let found: Omit<RewriteManifestsOutcome, 'outcome'> | undefined;
  let worth = false;
  const outcome = await publishChange(lake, {
    tables: [input.table],
    kind: 'manifests',
    id: input.id,
    message: `rewrite manifests of ${name}`,
    stage: async (tables) => {
      [found, worth] = [undefined, false];
      const table = tables.get(name);
      if (!table || isDone(table, input)) return [];
      const plan = await planRewrite(lake, table, input);
      found = { before: plan.before, after: plan.after };
      worth = plan.staged !== undefined;
      return plan.staged === undefined || input.dryRun ? [] : [await plan.staged()];
    },
  });
  if (!found) return { outcome: outcome === 'published' ? outcome : 'missing', before: none, after: none };
  return { outcome: outcome === 'nothing' && !worth ? 'fine' : outcome, ...found };
}

/** An attempt that was cut off after its commit left the snapshot that this one would make. */
function isDone({ metadata }: LoadedTable, input: RewriteManifestsInput): boolean {
  return metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === snapshotIdOf(metadata, input));
}

const snapshotIdOf = (metadata: TableMetadata, { id }: RewriteManifestsInput): bigint =>
  snapshotIdFor(metadata['table-uuid'], `manifests ${id}`);

const none: ManifestCounts = { manifests: 0, perScan: 0 };

interface RewritePlan {
  readonly before: ManifestCounts;
  readonly after: ManifestCounts;
  /** Writes and stages; absent where it is not worth while. */
  readonly staged?: () => Promise<StagedTable>;
}

async function planRewrite(lake: Lake, table: LoadedTable, input: RewriteManifestsInput): Promise<RewritePlan> {
  const { metadata } = table;
  const all = await manifestsOf(lake.store, currentSnapshot(metadata));
  const data = dataManifests(all);
  const before = { manifests: data.length, perScan: scanWidth(data, metadata) };
  const most = Number(metadata.properties[MOST_PER_SCAN_PROPERTY]) || MOST_PER_SCAN;
  if (data.length < 2 || (!input.always && before.perScan <= most)) return { before, after: before };
  const built = await buildClustered(lake, metadata, { all, data, input });
  if (!built || (!input.always && built.after.perScan * 2 > before.perScan)) return { before, after: before };
  const staged = (): Promise<StagedTable> =>
    stageSnapshot(lake, table, { snapshot: built.snapshot, objects: built.objects, nowMs: input.nowMs });
  return { before, after: built.after, staged };
}

async function buildClustered(
  lake: Lake,
  metadata: TableMetadata,
  context: {
    readonly all: readonly ManifestFile[];
    readonly data: readonly ManifestFile[];
    readonly input: RewriteManifestsInput;
  },
): Promise<
  { readonly snapshot: Snapshot; readonly objects: readonly NewObject[]; readonly after: ManifestCounts } | undefined
> {
  const { all, data, input } = context;
  const parent = currentSnapshot(metadata)!;
  const snapshotId = snapshotIdOf(metadata, input);
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const writer = manifestWriter({ metadata, snapshotId, sequenceNumber });
  const made: ManifestFile[] = [];
  const replaced = new Set<string>();
  for (const spec of metadata['partition-specs']) {
    const group = data.filter(({ partitionSpecId }) => partitionSpecId === spec['spec-id']);
    if (group.length < 2 || !canRewrite(spec, metadata)) continue;
    const opened = await inParallel(group, READS_AT_ONCE, (manifest) => openManifest(lake.store, manifest));
    const entries = opened.flatMap(liveEntries);
    const bytes = group.reduce((sum, { lengthBytes }) => sum + Number(lengthBytes), 0);
    const perManifest = Math.max(1, Math.floor((targetManifestBytes(metadata.properties) / bytes) * entries.length));
    const types = partitionTypes(spec, metadata.schemas);
    for (const cluster of clusterEntries(entries, { types, perManifest })) made.push(writer.write(cluster));
    for (const { path } of group) replaced.add(path);
  }
  if (replaced.size === 0) return undefined;
  const isEmpty = (manifest: ManifestFile): boolean => manifest.addedFiles + manifest.existingFiles === 0;
  const kept = all.filter((manifest) => !replaced.has(manifest.path) && !isEmpty(manifest));
  const manifests = [...made, ...kept];
  const list = writeManifestList({ snapshotId, parentSnapshotId: parent['snapshot-id'], sequenceNumber, manifests });
  const uri = `${metadata.location}/metadata/snap-${snapshotId}-${sha256Hex(list).slice(0, 16)}.avro`;
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    'parent-snapshot-id': parent['snapshot-id'],
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(input.nowMs, metadata['last-updated-ms'] + 1),
    'manifest-list': uri,
    'schema-id': metadata['current-schema-id'],
    summary: snapshotSummary({
      operation: 'replace',
      parent,
      added: [],
      removed: [],
      manifests: { created: made.length, kept: kept.length, replaced: replaced.size },
      extra: { 'sluice.manifests': input.id },
    }),
  };
  return {
    snapshot,
    objects: [...writer.objects, { uri, bytes: list }],
    after: { manifests: dataManifests(manifests).length, perScan: scanWidth(manifests, metadata) },
  };
}
