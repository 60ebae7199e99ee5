import { SluiceError } from '../base/errors';
import type { Session } from './engine';
import { quoteTexts } from './sql';

/**
 * Columns are found by field id (spec "Column Projection"). Files that were put under a table as they are, without ids (PyIceberg's `add_files`,
 * Spark's `migrate`), need the table's name mapping, which is not supported: all their columns would read as NULL, and a rewrite would
 * make it so for good. Throws UNSUPPORTED_TABLE that names one such file.
 */
export async function requireFieldIds(
  session: Session,
  files: readonly { readonly filePath: string; readonly localPath: string }[],
): Promise<void> {
  const [bare] = await session.rows<{ path: string }>(
    `SELECT file_name AS path FROM parquet_schema(${quoteTexts(files.map(({ localPath }) => localPath))}) GROUP BY file_name HAVING count(field_id) = 0 LIMIT 1`,
  );
  if (!bare) return;
  const named = files.find(({ localPath }) => localPath === bare.path)?.filePath ?? bare.path;
  throw new SluiceError(
    'UNSUPPORTED_TABLE',
    `${named} has no field ids: its columns could only be found by the table's name mapping`,
    {
      cure: 'Write its rows into the table anew by the engine that put it there (for example INSERT OVERWRITE in Spark).',
    },
  );
}
