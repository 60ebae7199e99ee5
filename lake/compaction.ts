import { partitionKey } from './iceberg/partition-key';
import type { TableMetadata } from './iceberg/types';
import type { ScanFile } from './scan';

export interface ChoiceOptions {
  /** Size of a good file: `write.target-file-size-bytes`. Files of at least three quarters of it stay as they are. */
  readonly targetBytes: number;
  /** Fewer small files than this in a partition are left alone. */
  readonly minFiles: number;
  /** Set when files shall be sorted: those with this order are. */
  readonly sortOrderId?: number;
}

/** Why a group is rewritten. */
export type CompactionReason = 'small files' | 'row deletes' | 'unsorted';

/** Files of one spec and partition that become one (or a few). */
export interface CompactionChoice {
  readonly files: readonly ScanFile[];
  readonly sizeBytes: number;
  readonly reason: CompactionReason;
}

const DEFAULT_TARGET_BYTES = 512 * 1024 ** 2;

/** `write.target-file-size-bytes` of a table; 512 MiB by default, as in Iceberg. */
export function targetFileBytes({ properties }: Pick<TableMetadata, 'properties'>): number {
  const wanted = Number(properties['write.target-file-size-bytes']);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : DEFAULT_TARGET_BYTES;
}

/**
 * Chooses what to compact, by spec and partition: every file that row deletes apply to; every unsorted file when files shall be sorted; else
 * small files that are worth it (see `worthMerging`). Packed into groups of about the target size, in the given order. Pure.
 */
export function chooseGroups(files: readonly ScanFile[], options: ChoiceOptions): readonly CompactionChoice[] {
  const partitions = new Map<string, ScanFile[]>();
  for (const scanned of files) {
    const key = partitionKey(scanned.file);
    const group = partitions.get(key);
    if (group) group.push(scanned);
    else partitions.set(key, [scanned]);
  }
  return [...partitions.values()].flatMap((partition) => choose(partition, options));
}

function choose(partition: readonly ScanFile[], options: ChoiceOptions): readonly CompactionChoice[] {
  const { targetBytes, minFiles, sortOrderId } = options;
  const deleted = partition.filter(({ deletes }) => deletes.length > 0);
  const clean = partition.filter(({ deletes }) => deletes.length === 0);
  const unsorted = sortOrderId === undefined ? [] : clean.filter(({ file }) => file.sortOrderId !== sortOrderId);
  const isSmall = ({ file }: ScanFile): boolean => Number(file.fileSizeBytes) < targetBytes * 0.75;
  const small = clean.filter((scanned) => isSmall(scanned) && !unsorted.includes(scanned));
  const merged = new Set(worthMerging(small, minFiles));
  return [
    ...pack(deleted, targetBytes).map((group) => choice(group, 'row deletes')),
    ...pack(unsorted, targetBytes).map((group) => choice(group, 'unsorted')),
    ...pack(
      small.filter((scanned) => merged.has(scanned)),
      targetBytes,
    )
      // One file alone gains nothing.
      .filter((group) => group.length > 1)
      .map((group) => choice(group, 'small files')),
  ];
}

/**
 * The small files whose merging pays: a file takes part only where those that are smaller are together at least half as large. So the result
 * is at least one and a half times the largest file that went into it, and a byte is rewritten a logarithm of times, however often compaction
 * runs (size-tiered compaction, as log-structured stores do it).
 */
function worthMerging(small: readonly ScanFile[], minFiles: number): readonly ScanFile[] {
  const sizes = [...small].sort((a, b) => (a.file.fileSizeBytes < b.file.fileSizeBytes ? -1 : 1));
  let smallerBytes = 0n;
  let count = 0;
  for (const [index, { file }] of sizes.entries()) {
    if (index > 0 && smallerBytes * 2n >= file.fileSizeBytes) count = index + 1;
    smallerBytes += file.fileSizeBytes;
  }
  return count >= Math.max(2, minFiles) ? sizes.slice(0, count) : [];
}

function choice(files: readonly ScanFile[], reason: CompactionReason): CompactionChoice {
  return { files, sizeBytes: sizeOf(files), reason };
}

function pack(files: readonly ScanFile[], targetBytes: number): readonly (readonly ScanFile[])[] {
  const bins: { readonly files: ScanFile[]; sizeBytes: number }[] = [];
  for (const scanned of files) {
    const sizeBytes = Number(scanned.file.fileSizeBytes);
    const last = bins.at(-1);
    if (last && last.sizeBytes + sizeBytes <= targetBytes) {
      last.files.push(scanned);
      last.sizeBytes += sizeBytes;
    } else {
      bins.push({ files: [scanned], sizeBytes });
    }
  }
  return bins.map((bin) => bin.files);
}

function sizeOf(files: readonly ScanFile[]): number {
  return files.reduce((sum, { file }) => sum + Number(file.fileSizeBytes), 0);
}
