import { SluiceError } from '../base/errors';
import type { DataFile, TableMetadata } from './iceberg/types';
import { liveEntries, type PriorState } from './snapshot-base';

/** CATALOG_CONFLICT unless every file to be removed was found live. */
export function checkRemoved(metadata: TableMetadata, removed: ReadonlySet<string>, found: readonly DataFile[]): void {
  const live = new Set(found.map((file) => file.filePath));
  const missing = [...removed].filter((path) => !live.has(path));
  if (missing.length === 0) return;
  throw new SluiceError(
    'CATALOG_CONFLICT',
    `${missing.length} of ${removed.size} files to be removed from ${metadata.location} are not live, the first is ${missing[0]}`,
    {
      cure: 'Another commit removed them: plan again on the new head.',
    },
  );
}

/** A path may be live only once. Checked where the base's entries are known anyway; names that follow from content and plan cannot meet otherwise. */
export function checkAdded(
  metadata: TableMetadata,
  added: readonly DataFile[],
  removed: ReadonlySet<string>,
  prior: PriorState,
): void {
  if (prior.opened.size === 0 || added.length === 0) return;
  const paths = new Set(added.map((file) => file.filePath));
  for (const manifest of prior.opened.values()) {
    const twice = liveEntries(manifest).find(
      (entry) => paths.has(entry.file.filePath) && !removed.has(entry.file.filePath),
    );
    if (twice)
      throw new SluiceError('CATALOG_CONFLICT', `${twice.file.filePath} is live in ${metadata.location} already`);
  }
}

/**
 * A compaction keeps every row; where row deletes stand it may have applied some, and its own comparison counts. Whether deletes came for the
 * replaced files since they were read is for the caller to see, file by file: those of other files are none of its business.
 */
export function checkReplace(
  metadata: TableMetadata,
  added: readonly DataFile[],
  removed: readonly DataFile[],
  prior: PriorState,
): void {
  const hasDeletes = prior.manifests.some(
    (manifest) => manifest.content === 1 && manifest.addedFiles + manifest.existingFiles > 0,
  );
  const rows = (files: readonly DataFile[]): bigint =>
    files.reduce((sum, file) => (file.content === 0 ? sum + file.recordCount : sum), 0n);
  if (!hasDeletes && rows(added) !== rows(removed)) {
    throw new SluiceError(
      'INTERNAL',
      `replace in ${metadata.location}: ${rows(removed)} rows go, ${rows(added)} come; compaction must keep every row`,
    );
  }
}
