import type { LiveEntry } from './iceberg/manifest';
import { partitionKey } from './iceberg/partition-key';
import type { DataFile, TableMetadata } from './iceberg/types';

export interface DeleteFile {
  readonly file: DataFile;
  readonly sequenceNumber: bigint;
}

/**
 * Delete files that may hit rows of a data file (spec "Scan Planning"): position deletes from its own sequence number on, equality deletes only from a later one,
 * both of the same partition; equality deletes of an unpartitioned spec are global, and one whose fields are all `void` is unpartitioned.
 */
export function deletesFor(
  entry: LiveEntry,
  deletes: readonly DeleteFile[],
  metadata: TableMetadata,
): readonly DataFile[] {
  if (deletes.length === 0) return [];
  const own = partitionKey(entry.file);
  return deletes.filter((candidate) => applies(candidate, entry, own, metadata)).map(({ file }) => file);
}

function applies(
  { file, sequenceNumber }: DeleteFile,
  entry: LiveEntry,
  own: string,
  metadata: TableMetadata,
): boolean {
  if (file.content === 1) {
    if (file.referencedDataFile !== undefined && file.referencedDataFile !== entry.file.filePath) return false;
    return entry.sequenceNumber <= sequenceNumber && partitionKey(file) === own;
  }
  if (entry.sequenceNumber >= sequenceNumber) return false;
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === file.specId);
  const isUnpartitioned = spec?.fields.every(({ transform }) => transform === 'void') ?? false;
  return isUnpartitioned || partitionKey(file) === own;
}
