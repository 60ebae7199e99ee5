import { SluiceError } from '../base/errors';
import type { Session } from './engine';
import type { TableMetadata } from '../lake/iceberg/types';
import { quoteText, quoteTexts } from './sql';

/** Set by whatever puts files without field ids under a table (spec "Column Projection", "Name Mapping Serialization"). */
const NAME_MAPPING = 'schema.name-mapping.default';

const why = "has no field ids: its columns could only be found by the table's name mapping";
const cure =
  'Write its rows into the table anew by the engine that put it there (for example INSERT OVERWRITE in Spark).';

/**
 * SQL that is true of rows of data files, and an error when one of them has no field ids. Undefined for a table without a name mapping:
 * no engine puts such files there, and looking costs a footer each.
 */
export function fieldIdsSql(metadata: Pick<TableMetadata, 'properties'>, paths: readonly string[]): string | undefined {
  if (metadata.properties[NAME_MAPPING] === undefined || paths.length === 0) return undefined;
  const bare = `SELECT file_name AS path FROM parquet_schema(${quoteTexts(paths)}) GROUP BY file_name HAVING count(field_id) = 0`;
  return `(SELECT CASE WHEN count(*) = 0 THEN true ELSE error(concat(min(path), ${quoteText(` ${why}. ${cure}`)})) END FROM (${bare}))`;
}

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
  throw new SluiceError('UNSUPPORTED_TABLE', `${named} ${why}`, { cure });
}
