import { currentSnapshot } from '../iceberg/metadata';
import type { DataFile, TableMetadata } from '../iceberg/types';
import type { Lake } from '../lake';
import { inParallel, manifestsOf, openManifest } from '../manifests';
import { filePartitionPrinter } from './partition-text';

export interface FileCounts {
  readonly files: number;
  readonly rows: bigint;
  readonly sizeBytes: bigint;
  /** Delete files, and the rows or values that they name. */
  readonly deleteFiles: number;
  readonly deletes: bigint;
}

export interface ChangedFile {
  readonly change: 'added' | 'removed';
  readonly path: string;
  readonly content: DataFile['content'];
  readonly partition: string;
  readonly rows: bigint;
  readonly sizeBytes: bigint;
}

export interface FileDiff {
  readonly added: FileCounts;
  readonly removed: FileCounts;
  /** As many as asked for, removed ones first, by path. */
  readonly files: readonly ChangedFile[];
}

const manifestsAtOnce = 4;

/**
 * Which live files differ between the current snapshots of two states of one table. Manifests that both name are not opened: the cost goes with
 * what changed, not with the table. Rows of an added or removed file are counted whole; rows are not compared. A side that is undefined has no file.
 */
export async function diffFiles(
  lake: Pick<Lake, 'store'>,
  from: TableMetadata | undefined,
  to: TableMetadata | undefined,
  { listed }: { readonly listed: number },
): Promise<FileDiff> {
  const [before, after] = await Promise.all(
    [from, to].map((side) => manifestsOf(lake.store, side && currentSnapshot(side))),
  );
  const paths = [before!, after!].map((manifests) => new Set(manifests.map(({ path }) => path)));
  const removed = new Map<string, ChangedFile>();
  const added = new Map<string, ChangedFile>();
  for (const [side, manifests, other] of [
    ['removed', before!, paths[1]!],
    ['added', after!, paths[0]!],
  ] as const) {
    const metadata = side === 'removed' ? from : to;
    if (!metadata) continue;
    const print = filePartitionPrinter(metadata);
    const own = manifests.filter(
      ({ path, addedFiles, existingFiles }) => !other.has(path) && addedFiles + existingFiles > 0,
    );
    await inParallel(own, manifestsAtOnce, async (manifest) => {
      const { entries } = await openManifest(lake.store, manifest);
      for (const { status, file } of entries) {
        // A file that both name, in manifests that were rewritten, is no difference.
        if (status === 2 || (side === 'added' && removed.delete(file.filePath))) continue;
        (side === 'removed' ? removed : added).set(file.filePath, {
          change: side,
          path: file.filePath,
          content: file.content,
          partition: print(file),
          rows: file.recordCount,
          sizeBytes: file.fileSizeBytes,
        });
      }
    });
  }
  const sorted = [removed, added].map((files) => [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)));
  return { removed: count(sorted[0]!), added: count(sorted[1]!), files: sorted.flat().slice(0, listed) };
}

function count(files: readonly ChangedFile[]): FileCounts {
  const total = { files: 0, rows: 0n, sizeBytes: 0n, deleteFiles: 0, deletes: 0n };
  for (const { content, rows, sizeBytes } of files) {
    total.sizeBytes += sizeBytes;
    if (content === 0) {
      total.files += 1;
      total.rows += rows;
    } else {
      total.deleteFiles += 1;
      total.deletes += rows;
    }
  }
  return total;
}
