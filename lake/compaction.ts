import { canonicalJson } from '../base/json';
import { toPlain } from './iceberg/plain-value';
import type { PartitionValue } from './iceberg/types';
import type { ScanFile } from './scan';

/** Files of one partition that are to become fewer. */
export interface CompactionGroup {
  readonly specId: number;
  readonly partition: readonly PartitionValue[];
  readonly files: readonly ScanFile[];
  readonly sizeBytes: bigint;
}

export interface GroupOptions {
  /** Size of a good file: `write.target-file-size-bytes`. Files of at least three quarters of it stay as they are. */
  readonly targetBytes: number;
  /** Fewer small files than this in a partition are left alone. */
  readonly minFiles: number;
}

/**
 * Chooses what to compact: small files by spec and partition, packed in the order of the scan into groups of about the target size. Pure.
 * Files with row deletes are never chosen: rewriting them is another job.
 */
export function groupSmallFiles(files: readonly ScanFile[], { targetBytes, minFiles }: GroupOptions): readonly CompactionGroup[] {
  const target = BigInt(Math.floor(targetBytes));
  const small = files.filter(({ file, deletes }) => file.content === 0 && deletes.length === 0 && file.fileSizeBytes * 4n < target * 3n);
  const partitions = new Map<string, ScanFile[]>();
  for (const scanFile of small) {
    const key = `${scanFile.file.specId}:${canonicalJson(scanFile.file.partition.map(toPlain))}`;
    const group = partitions.get(key);
    if (group) group.push(scanFile);
    else partitions.set(key, [scanFile]);
  }
  return [...partitions.values()].flatMap((candidates) => (candidates.length < minFiles ? [] : pack(candidates, target)));
}

function pack(files: readonly ScanFile[], target: bigint): readonly CompactionGroup[] {
  const bins: { files: ScanFile[]; sizeBytes: bigint }[] = [];
  for (const scanFile of files) {
    const size = scanFile.file.fileSizeBytes;
    const last = bins[bins.length - 1];
    if (last && last.sizeBytes + size <= target) {
      last.files.push(scanFile);
      last.sizeBytes += size;
    } else {
      bins.push({ files: [scanFile], sizeBytes: size });
    }
  }
  // One file alone gains nothing.
  return bins
    .filter((bin) => bin.files.length > 1)
    .map((bin) => ({ specId: bin.files[0]!.file.specId, partition: bin.files[0]!.file.partition, ...bin }));
}
