import type { DataFile } from './iceberg/types';
import type { Scan } from './scan';

/** Delete files of a scan of the whole table that apply to none of the data files that stay. Pure. */
export function danglingDeletes(scan: Scan, removed: ReadonlySet<string>): readonly DataFile[] {
  const used = new Set(
    scan.files
      .filter(({ file }) => !removed.has(file.filePath))
      .flatMap(({ deletes }) => deletes.map(({ filePath }) => filePath)),
  );
  return scan.deleteFiles.filter(({ filePath }) => !used.has(filePath));
}
