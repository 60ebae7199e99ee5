import { SluiceError } from '../../base/errors';
import { currentSnapshot, snapshotById } from '../iceberg/metadata';
import type { ManifestFile } from '../iceberg/manifest-list';
import type { DataFile } from '../iceberg/types';
import type { Lake, LoadedTable } from '../lake';
import { inParallel, manifestsOf, openManifest } from '../manifests';
import { deletesFor, type DeleteFile } from '../scan-deletes';
import { filePartitionPrinter } from './partition-text';

/** One live file of a table. */
export interface FileInfo {
  readonly path: string;
  readonly content: 'data' | 'position deletes' | 'equality deletes';
  readonly partition: string;
  readonly rows: bigint;
  readonly sizeBytes: bigint;
  readonly specId: number;
  readonly sortOrderId: number | null;
  readonly addedSnapshotId: bigint;
  readonly sequenceNumber: bigint;
  /** Delete files that may take rows out of this one. */
  readonly deletes: number;
}

export interface FileTotals {
  readonly files: number;
  readonly deleteFiles: number;
  readonly rows: bigint;
  readonly sizeBytes: bigint;
}

export interface TableFiles {
  /** Null for a table without a snapshot. */
  readonly snapshotId: bigint | null;
  readonly location: string;
  /** At most as many as asked for: data files, then delete files. */
  readonly files: readonly FileInfo[];
  /** Of all that fit the partition. */
  readonly totals: FileTotals;
}

export interface TableFilesInput {
  /** The current one by default. */
  readonly snapshotId?: bigint;
  readonly limit: number;
  /** Only files whose partition holds this, as it is printed: `event_time_day=2026-01-31`; several fields joined by `/`. */
  readonly partition?: string;
}

const manifestsAtOnce = 4;

/**
 * The live files of a table at a snapshot. Manifests are read a few at a time and only the files that are shown are kept, so that a table of any
 * size can be listed. Throws UNSUPPORTED_TABLE for a snapshot that the table does not list, BAD_INPUT for a partition field that it does not have.
 */
export async function tableFiles(
  lake: Pick<Lake, 'store'>,
  { metadata }: Pick<LoadedTable, 'metadata'>,
  { snapshotId, limit, partition }: TableFilesInput,
): Promise<TableFiles> {
  const snapshot = snapshotId === undefined ? currentSnapshot(metadata) : snapshotById(metadata, snapshotId);
  const wanted = partition === undefined ? [] : partition.split('/');
  requireFields(
    wanted,
    metadata['partition-specs'].flatMap((spec) => spec.fields.map(({ name }) => name)),
  );
  const manifests = (await manifestsOf(lake.store, snapshot)).filter(
    ({ addedFiles, existingFiles }) => addedFiles + existingFiles > 0,
  );
  const printPartition = filePartitionPrinter(metadata);
  const ordered = [...manifests].sort((a, b) => a.content - b.content);
  const deletes = await readDeletes(lake, manifests);
  const files: FileInfo[] = [];
  const totals = { files: 0, deleteFiles: 0, rows: 0n, sizeBytes: 0n };
  for (let start = 0; start < ordered.length; start += manifestsAtOnce) {
    const some = ordered.slice(start, start + manifestsAtOnce);
    const opened = await inParallel(some, manifestsAtOnce, (manifest) => openManifest(lake.store, manifest));
    for (const { entries } of opened) {
      for (const entry of entries) {
        if (entry.status === 2) continue;
        const { file } = entry;
        const text = printPartition(file);
        if (!wanted.every((part) => text.split('/').includes(part))) continue;
        if (file.content === 0) {
          totals.files += 1;
          totals.rows += file.recordCount;
        } else totals.deleteFiles += 1;
        totals.sizeBytes += file.fileSizeBytes;
        if (files.length >= limit) continue;
        files.push({
          path: file.filePath,
          content: contentNames[file.content],
          partition: text,
          rows: file.recordCount,
          sizeBytes: file.fileSizeBytes,
          specId: file.specId,
          sortOrderId: file.sortOrderId ?? null,
          addedSnapshotId: entry.snapshotId,
          sequenceNumber: entry.sequenceNumber,
          deletes: file.content === 0 ? deletesFor(entry, deletes, metadata).length : 0,
        });
      }
    }
  }
  return { snapshotId: snapshot?.['snapshot-id'] ?? null, location: metadata.location, files, totals };
}

const contentNames: Readonly<Record<DataFile['content'], FileInfo['content']>> = {
  0: 'data',
  1: 'position deletes',
  2: 'equality deletes',
};

async function readDeletes(
  lake: Pick<Lake, 'store'>,
  manifests: readonly ManifestFile[],
): Promise<readonly DeleteFile[]> {
  const found = manifests.filter(({ content }) => content === 1);
  const opened = await inParallel(found, manifestsAtOnce, (manifest) => openManifest(lake.store, manifest));
  return opened.flatMap(({ entries }) => entries.filter(({ status }) => status !== 2));
}

function requireFields(wanted: readonly string[], known: readonly string[]): void {
  const wrong = wanted.find((part) => !known.some((name) => part.startsWith(`${name}=`)));
  if (wrong === undefined) return;
  const names = [...new Set(known)];
  throw new SluiceError(
    'BAD_INPUT',
    `"${wrong}" names no partition of this table: ${names.length === 0 ? 'it has none' : `expected ${names.map((name) => `${name}=VALUE`).join(' or ')}`}`,
  );
}
