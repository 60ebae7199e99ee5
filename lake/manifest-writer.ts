import { sha256Hex } from '../base/hash';
import type { ManifestEntry } from './iceberg/manifest';
import type { ManifestFile } from './iceberg/manifest-list';
import { writeManifest } from './iceberg/manifest-write';
import { currentSchema, specById } from './iceberg/metadata';
import { summarizePartitions } from './iceberg/partition-summary';
import { partitionTypes } from './iceberg/schema';
import type { TableMetadata } from './iceberg/types';

/** Something to be put on the store; its name follows from its bytes. */
export interface NewObject {
  readonly uri: string;
  readonly bytes: Buffer;
}

export interface ManifestWriter {
  write(entries: readonly ManifestEntry[]): ManifestFile;
  readonly objects: readonly NewObject[];
}

/** Makes manifests of one snapshot, with the counts and bounds that the manifest list names. */
export function manifestWriter({
  metadata,
  snapshotId,
  sequenceNumber,
}: {
  metadata: TableMetadata;
  snapshotId: bigint;
  sequenceNumber: bigint;
}): ManifestWriter {
  const objects: NewObject[] = [];
  return {
    objects,
    write(entries) {
      const first = entries[0]!.file;
      const content = first.content === 0 ? 0 : 1;
      const spec = specById(metadata, first.specId);
      const bytes = writeManifest({
        schema: currentSchema(metadata),
        spec,
        schemas: metadata.schemas,
        content,
        entries,
      });
      const path = `${metadata.location}/metadata/${snapshotId}-m${objects.length}-${sha256Hex(bytes).slice(0, 16)}.avro`;
      objects.push({ uri: path, bytes });
      const of = (status: number) => entries.filter((entry) => entry.status === status);
      const rows = (status: number): bigint => of(status).reduce((sum, entry) => sum + entry.file.recordCount, 0n);
      const liveSequences = entries
        .filter((entry) => entry.status !== 2)
        .map((entry) => entry.sequenceNumber ?? sequenceNumber);
      return {
        path,
        lengthBytes: BigInt(bytes.length),
        partitionSpecId: first.specId,
        content,
        sequenceNumber,
        minSequenceNumber: liveSequences.reduce((least, next) => (next < least ? next : least), sequenceNumber),
        addedSnapshotId: snapshotId,
        addedFiles: of(1).length,
        existingFiles: of(0).length,
        deletedFiles: of(2).length,
        addedRows: rows(1),
        existingRows: rows(0),
        deletedRows: rows(2),
        partitions: summarizePartitions(
          entries.map((entry) => entry.file),
          partitionTypes(spec, metadata.schemas),
        ),
      };
    },
  };
}
