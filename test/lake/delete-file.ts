import path from 'node:path';
import type { Session } from '../../engine/engine';
import { quoteText } from '../../engine/sql';
import type { DataFile } from '../../lake/iceberg/types';
import type { Lake, LoadedTable } from '../../lake/lake';

/** Field ids of a position delete file (spec "Position Delete Files"). */
export const positionFieldIds = '{file_path: 2147483546, pos: 2147483545}';

/** Writes the rows of `select` as a delete file of the table, as another engine would: of positions, unless `of` says else. */
export async function putDeleteFile(
  {
    session,
    lake,
    table,
  }: { readonly session: Session; readonly lake: Pick<Lake, 'store'>; readonly table: LoadedTable },
  file: { readonly local: string; readonly select: string; readonly fieldIds: string; readonly of: Partial<DataFile> },
): Promise<DataFile> {
  const { local, select, fieldIds, of } = file;
  await session.run(`copy (${select}) to ${quoteText(local)} (format parquet, field_ids ${fieldIds})`);
  const filePath = `${table.metadata.location}/data/${path.basename(local)}`;
  await lake.store.putFile(filePath, local);
  const [row] = await session.rows<{ size: bigint }>(`select size from read_blob(${quoteText(local)})`);
  const none = new Map<number, never>();
  return {
    content: 1,
    filePath,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [],
    recordCount: 1n,
    fileSizeBytes: row!.size,
    columnSizes: none,
    valueCounts: none,
    nullValueCounts: none,
    nanValueCounts: none,
    lowerBounds: none,
    upperBounds: none,
    ...of,
  };
}
