import { SluiceError } from '../base/errors';
import type { ManifestFile } from './iceberg/manifest-list';
import type { LiveEntry } from './iceberg/manifest';
import { currentSchema, currentSnapshot, snapshotById } from './iceberg/metadata';
import { typedRange, type ValueRange } from './iceberg/projection';
import { findField } from './iceberg/schema';
import type { DataFile, Schema, TableMetadata } from './iceberg/types';
import { isPrimitive } from './iceberg/values';
import { deletesFor, type DeleteFile } from './scan-deletes';
import { fileTest, manifestMayMatch, type ColumnFilter } from './scan-pruning';
import { inParallel, manifestsOf, openManifest } from './manifests';
import type { Lake, LoadedTable } from './lake';

/** Rows wanted: column between min and max, both inclusive, in the column's own unit (see Value). Null rows are not wanted. */
export interface ColumnRange extends ValueRange {
  /** `a.b` reaches into a struct. */
  readonly column: string;
}

export interface ScanFile {
  readonly file: DataFile;
  readonly dataSequenceNumber: bigint;
  readonly addedSnapshotId: bigint;
  /** Position and equality deletes that may hit rows of this file. */
  readonly deletes: readonly DataFile[];
}

export interface Scan {
  readonly files: readonly ScanFile[];
  /** All live delete files of the snapshot, whether they apply to a scanned file or not. */
  readonly deleteFiles: readonly DataFile[];
  readonly manifestsRead: number;
  readonly manifestsPruned: number;
  readonly filesPruned: number;
}

export interface ScanOptions {
  /** Default: the current snapshot. */
  readonly snapshotId?: bigint;
  /** All must hold. */
  readonly ranges?: readonly ColumnRange[];
  /** Only files that the scanned snapshot itself added: reads no other manifests, however large the table. */
  readonly onlyAdded?: boolean;
}

const parallelReads = 8;

/**
 * The files that can hold rows within all ranges. Pruning by partition (with each manifest's own spec) and by column bounds is conservative: when unsure a
 * file is kept, so the result of a query never depends on it.
 * Throws BAD_INPUT for an unknown column or a value of another type, UNSUPPORTED_TABLE for an unknown snapshot.
 */
export async function planScan(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  options: ScanOptions = {},
): Promise<Scan> {
  const { metadata } = table;
  const snapshot =
    options.snapshotId === undefined ? currentSnapshot(metadata) : snapshotById(metadata, options.snapshotId);
  const filters = columnFilters(metadata, options.ranges ?? []);
  const manifests = (await manifestsOf(lake.store, snapshot)).filter(
    (manifest) => manifest.addedFiles + manifest.existingFiles > 0,
  );
  const addedBy = options.onlyAdded ? snapshot?.['snapshot-id'] : undefined;
  const data = manifests.filter(
    (manifest) =>
      manifest.content === 0 &&
      (addedBy === undefined || (manifest.addedSnapshotId === addedBy && manifest.addedFiles > 0)),
  );
  const matching = data.filter((manifest) => manifestMayMatch(manifest, metadata, filters));
  const deleteManifests = manifests.filter((manifest) => manifest.content === 1);
  const deletes = await deleteFiles(lake, deleteManifests);

  let filesPruned = 0;
  const files = (
    await inParallel(matching, parallelReads, async (manifest) => {
      const { spec, entries } = await openManifest(lake.store, manifest);
      const mayMatch = fileTest(spec, metadata, filters);
      return entries
        .filter(
          (entry) => isLive(entry) && (addedBy === undefined || (entry.status === 1 && entry.snapshotId === addedBy)),
        )
        .flatMap((entry): readonly ScanFile[] => {
          if (!mayMatch(entry.file)) {
            filesPruned += 1;
            return [];
          }
          return [
            {
              file: entry.file,
              dataSequenceNumber: entry.sequenceNumber,
              addedSnapshotId: entry.snapshotId,
              deletes: deletesFor(entry, deletes, metadata),
            },
          ];
        });
    })
  ).flat();
  return {
    files,
    deleteFiles: deletes.map(({ file }) => file),
    manifestsRead: matching.length + deleteManifests.length,
    manifestsPruned: data.length - matching.length,
    filesPruned,
  };
}

function isLive(entry: LiveEntry): boolean {
  return entry.status !== 2;
}

async function deleteFiles(
  lake: Pick<Lake, 'store'>,
  manifests: readonly ManifestFile[],
): Promise<readonly DeleteFile[]> {
  const lists = await inParallel(manifests, parallelReads, (manifest) => openManifest(lake.store, manifest));
  return lists.flatMap(({ entries }) =>
    entries.filter(isLive).map(({ file, sequenceNumber }) => ({ file, sequenceNumber })),
  );
}

function columnFilters(metadata: TableMetadata, ranges: readonly ColumnRange[]): readonly ColumnFilter[] {
  const schema: Schema = currentSchema(metadata);
  return ranges.map(({ column, ...range }) => {
    const field = findField(schema, column);
    if (!field || !isPrimitive(field.type)) {
      throw new SluiceError(
        'BAD_INPUT',
        `cannot filter ${metadata.location} by "${column}": expected one of ${schema.fields
          .filter(({ type }) => isPrimitive(type))
          .map(({ name }) => name)
          .join(', ')}`,
      );
    }
    return { fieldId: field.id, type: field.type, range: typedRange(field.type, range) };
  });
}
