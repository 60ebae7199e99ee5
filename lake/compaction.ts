import { canonicalJson } from '../base/json';
import { toPlain } from './iceberg/plain-value';
import type { DataFile } from './iceberg/types';

export interface GroupOptions {
  /** Size of a good file: `write.target-file-size-bytes`. Files of at least three quarters of it stay as they are. */
  readonly targetBytes: number;
  /** Fewer small files than this in a partition are left alone. */
  readonly minFiles: number;
}

/**
 * Chooses what to compact: small data files by spec and partition, packed in the given order into groups of about the target size. Pure.
 * Hand in only files that no row delete applies to: rewriting the others is another job.
 */
export function groupSmallFiles(
  files: readonly DataFile[],
  { targetBytes, minFiles }: GroupOptions,
): readonly (readonly DataFile[])[] {
  const target = BigInt(Math.floor(targetBytes));
  const partitions = new Map<string, DataFile[]>();
  for (const file of files) {
    if (file.content !== 0 || file.fileSizeBytes * 4n >= target * 3n) continue;
    const key = `${file.specId}:${canonicalJson(file.partition.map(toPlain))}`;
    const group = partitions.get(key);
    if (group) group.push(file);
    else partitions.set(key, [file]);
  }
  return [...partitions.values()].flatMap((small) => (small.length < minFiles ? [] : pack(small, target)));
}

function pack(files: readonly DataFile[], target: bigint): readonly (readonly DataFile[])[] {
  const bins: { readonly files: DataFile[]; sizeBytes: bigint }[] = [];
  for (const file of files) {
    const last = bins[bins.length - 1];
    if (last && last.sizeBytes + file.fileSizeBytes <= target) {
      last.files.push(file);
      last.sizeBytes += file.fileSizeBytes;
    } else {
      bins.push({ files: [file], sizeBytes: file.fileSizeBytes });
    }
  }
  // One file alone gains nothing.
  return bins.filter((bin) => bin.files.length > 1).map((bin) => bin.files);
}
