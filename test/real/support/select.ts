import { parseTableName } from '../../../base/table-name';
import { filesRelation } from '../../../engine/read-files';
import { currentSchema } from '../../../lake/iceberg/metadata';
import { loadTable } from '../../../lake/lake';
import { openFileCache } from '../../../lake/objects/file-cache';
import { planScan } from '../../../lake/scan';
import type { Lakehouse } from './lakehouse';

/** All rows of a table at main's head, by SQL over `rows`. */
export async function select<T>(
  house: Pick<Lakehouse, 'lake' | 'engine' | 'config'>,
  table: string,
  sql: string,
): Promise<readonly T[]> {
  const { lake, engine, config } = house;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const loaded = (await loadTable(lake, hash, parseTableName(table)))!;
  const { files } = await planScan(lake, loaded);
  const cache = openFileCache({ store: lake.store, directory: `${config.home}/cache-test`, limitBytes: 1e9 });
  const paths = await Promise.all(files.map(({ file }) => cache.fetch(file.filePath)));
  const session = await engine.session();
  try {
    return await session.rows<T>(`with rows as (from ${filesRelation(currentSchema(loaded.metadata), paths)}) ${sql}`);
  } finally {
    session.close();
  }
}
