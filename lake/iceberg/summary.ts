import type { DataFile, Operation, Snapshot } from './types';
import { partitionKey } from './partition-key';

export interface SummaryInput {
  readonly operation: Operation;
  readonly parent: Snapshot | undefined;
  readonly added: readonly DataFile[];
  readonly removed: readonly DataFile[];
  readonly manifests: { readonly created: number; readonly kept: number; readonly replaced: number };
  /** The writer's own entries; they cannot override the counted ones. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Snapshot summary: decimal strings only (Nessie parses them). A total whose previous value is unknown is left out. */
export function snapshotSummary({
  operation,
  parent,
  added,
  removed,
  manifests,
  extra,
}: SummaryInput): Snapshot['summary'] {
  const gained = count(added);
  const lost = count(removed);
  const total = (name: string, plus: bigint, minus: bigint): Record<string, string> => {
    const before = parent === undefined ? '0' : parent.summary[name];
    return before === undefined || !/^\d+$/.test(before) ? {} : { [name]: String(BigInt(before) + plus - minus) };
  };
  const partitions = new Set([...added, ...removed].map(partitionKey));
  return {
    ...extra,
    operation,
    ...positive({
      'added-data-files': gained.dataFiles,
      'deleted-data-files': lost.dataFiles,
      'added-records': gained.records,
      'deleted-records': lost.records,
      'added-files-size': gained.sizeBytes,
      'removed-files-size': lost.sizeBytes,
      'added-delete-files': gained.deleteFiles,
      'removed-delete-files': lost.deleteFiles,
      'added-position-deletes': gained.positionDeletes,
      'removed-position-deletes': lost.positionDeletes,
      'added-equality-deletes': gained.equalityDeletes,
      'removed-equality-deletes': lost.equalityDeletes,
    }),
    ...total('total-data-files', gained.dataFiles, lost.dataFiles),
    ...total('total-records', gained.records, lost.records),
    ...total('total-files-size', gained.sizeBytes, lost.sizeBytes),
    ...total('total-delete-files', gained.deleteFiles, lost.deleteFiles),
    ...total('total-position-deletes', gained.positionDeletes, lost.positionDeletes),
    ...total('total-equality-deletes', gained.equalityDeletes, lost.equalityDeletes),
    'changed-partition-count': String(partitions.size),
    'manifests-created': String(manifests.created),
    'manifests-kept': String(manifests.kept),
    'manifests-replaced': String(manifests.replaced),
    'engine-name': 'sluice',
  };
}

function count(files: readonly DataFile[]) {
  const sum = (content: 0 | 1 | 2, of: (file: DataFile) => bigint): bigint =>
    files.reduce((total, file) => (file.content === content ? total + of(file) : total), 0n);
  const one = (): bigint => 1n;
  const rows = (file: DataFile): bigint => file.recordCount;
  return {
    dataFiles: sum(0, one),
    records: sum(0, rows),
    deleteFiles: sum(1, one) + sum(2, one),
    positionDeletes: sum(1, rows),
    equalityDeletes: sum(2, rows),
    sizeBytes: files.reduce((total, file) => total + file.fileSizeBytes, 0n),
  };
}

function positive(counts: Readonly<Record<string, bigint>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([, value]) => value > 0n)
      .map(([name, value]) => [name, String(value)]),
  );
}
