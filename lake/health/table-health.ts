import { formatTableName } from '../../base/table-name';
import { chooseGroups, targetFileBytes } from '../compaction';
import { currentSnapshot } from '../iceberg/metadata';
import { partitionKey } from '../iceberg/partition-key';
import type { TableMetadata } from '../iceberg/types';
import type { Lake, LoadedTable } from '../lake';
import { dataManifests, scanWidth } from '../manifest-cluster';
import { manifestsOf } from '../manifests';
import { planScan } from '../scan';
import type { ScanFile } from '../scan';
import { adviceFor } from './advice';
import type { Advice } from './advice';
import { partitionText } from './partition-text';
import { spreadOf } from './spread';
import type { Spread } from './spread';

export interface PartitionHealth {
  /** `event_time_day=2026-01-31`; empty for a table without partitions. */
  readonly partition: string;
  readonly files: number;
  readonly rows: number;
  readonly sizeBytes: number;
}

export interface TableHealth {
  readonly table: string;
  readonly files: number;
  readonly rows: number;
  readonly sizeBytes: number;
  /** Files that compaction would take up now, and into how many groups. */
  readonly toCompact: { readonly files: number; readonly groups: number };
  /** Files below three quarters of the target size, of all. */
  readonly smallShare: number;
  readonly deleteFiles: number;
  readonly partitions: {
    readonly count: number;
    readonly files: Spread;
    readonly rows: Spread;
    /** Those with the most files. */
    readonly worst: readonly PartitionHealth[];
  };
  readonly manifests: { readonly count: number; readonly sizeBytes: number; readonly perScan: number };
  readonly snapshots: { readonly count: number; readonly oldestMs?: number };
  readonly metadataBytes: number;
  /** Of the last compaction that the table's history shows. */
  readonly compactedMs?: number;
  /** What to do, most useful first; empty when all is well. */
  readonly advice: readonly Advice[];
}

const MIN_FILES = 5;
const SMALL_SHARE = 0.75;
const WORST = 3;

/** The state of a table from its metadata, manifest list and manifests alone. Errors: STORE_UNAVAILABLE, OBJECT_NOT_FOUND, UNSUPPORTED_TABLE. */
export async function tableHealth(lake: Pick<Lake, 'store'>, table: LoadedTable): Promise<TableHealth> {
  const { metadata } = table;
  const [{ files }, manifests, head] = await Promise.all([
    planScan(lake, table),
    manifestsOf(lake.store, currentSnapshot(metadata)),
    lake.store.head(table.content.metadataLocation),
  ]);
  const data = dataManifests(manifests);
  const targetBytes = targetFileBytes(metadata);
  const groups = chooseGroups(files, { targetBytes, minFiles: MIN_FILES });
  const small = files.filter(({ file }) => Number(file.fileSizeBytes) < targetBytes * SMALL_SHARE).length;
  const partitions = partitionsOf(files, metadata);
  const deletes = new Set(files.flatMap((scanned) => scanned.deletes.map(({ filePath }) => filePath)));
  const compactedMs = lastCompaction(metadata);
  const oldestMs = metadata.snapshots[0]?.['timestamp-ms'];
  const health = {
    table: formatTableName(table.name),
    files: files.length,
    rows: sum(files.map(({ file }) => Number(file.recordCount))),
    sizeBytes: sum(files.map(({ file }) => Number(file.fileSizeBytes))),
    toCompact: { files: sum(groups.map((group) => group.files.length)), groups: groups.length },
    smallShare: files.length === 0 ? 0 : small / files.length,
    deleteFiles: deletes.size,
    partitions: {
      count: partitions.length,
      files: spreadOf(partitions.map((partition) => partition.files)),
      rows: spreadOf(partitions.map((partition) => partition.rows)),
      worst: [...partitions].sort((a, b) => b.files - a.files || b.rows - a.rows).slice(0, WORST),
    },
    manifests: {
      count: manifests.length,
      sizeBytes: sum(manifests.map(({ lengthBytes }) => Number(lengthBytes))),
      perScan: scanWidth(data, metadata),
    },
    snapshots: { count: metadata.snapshots.length, ...(oldestMs === undefined ? {} : { oldestMs }) },
    metadataBytes: head?.sizeBytes ?? 0,
    ...(compactedMs === undefined ? {} : { compactedMs }),
  };
  return { ...health, advice: adviceFor(health) };
}

function partitionsOf(files: readonly ScanFile[], metadata: TableMetadata): readonly PartitionHealth[] {
  const found = new Map<string, { files: number; rows: number; sizeBytes: number; readonly partition: string }>();
  for (const { file } of files) {
    const key = partitionKey(file);
    let one = found.get(key);
    if (!one) {
      const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === file.specId);
      one = { partition: partitionText(spec, file.partition), files: 0, rows: 0, sizeBytes: 0 };
      found.set(key, one);
    }
    one.files += 1;
    one.rows += Number(file.recordCount);
    one.sizeBytes += Number(file.fileSizeBytes);
  }
  return [...found.values()];
}

/** Rewritten manifests are a replacement too, but no compaction. */
function lastCompaction({ snapshots }: TableMetadata): number | undefined {
  return snapshots.findLast(
    ({ summary }) => summary.operation === 'replace' && Number(summary['deleted-data-files'] ?? 0) > 0,
  )?.['timestamp-ms'];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
