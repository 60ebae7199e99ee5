import { metadataVersion } from './iceberg/metadata-name';
import { versionProperty } from './iceberg/metadata';
import type { TableMetadata } from './iceberg/types';
import type { TableContent } from './nessie/types';

/**
 * Says what is wrong when a table that Sluice wrote was rewritten by something that drops history (Nessie's Iceberg REST does:
 * it starts again at 00000 with one snapshot). Undefined when all is well, also for tables that Sluice never wrote.
 * Conservative: other writers that keep the history (Trino's nessie catalog) pass.
 */
export function chainProblem({
  content,
  metadata,
}: {
  readonly content: TableContent;
  readonly metadata: TableMetadata;
}): string | undefined {
  const current = metadata['current-snapshot-id'] ?? -1n;
  if (
    content.snapshotId !== current &&
    !metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === content.snapshotId)
  ) {
    return `the catalog points at snapshot ${content.snapshotId}, which ${content.metadataLocation} does not hold (it is at ${current})`;
  }
  const written = metadata.properties[versionProperty];
  const named = metadataVersion(content.metadataLocation);
  if (written !== undefined && named !== undefined && named < Number(written)) {
    return `metadata file version ${named} (${content.metadataLocation}) lies before version ${written}, which Sluice wrote: the history was dropped`;
  }
  return undefined;
}
