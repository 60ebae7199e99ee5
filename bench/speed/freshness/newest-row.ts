import type { TableName } from '../../../base/table-name';
import { currentSchema } from '../../../lake/iceberg/metadata';
import { findField } from '../../../lake/iceberg/schema';
import { decodeValue } from '../../../lake/iceberg/values';
import { loadTable, type Lake } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';

/**
 * Tells the latest event time that a query on main would see now, in milliseconds; undefined before the first commit. Manifests keep exact
 * upper bounds of times, so no data file is read, and only those that the newest snapshot added are looked at.
 */
export function newestRow(lake: Lake, table: TableName): () => Promise<number | undefined> {
  let [seen, newestMs] = ['', undefined as number | undefined];
  return async () => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const loaded = await loadTable(lake, hash, table);
    if (!loaded || loaded.content.metadataLocation === seen) return newestMs;
    const id = findField(currentSchema(loaded.metadata), 'event_time')!.id;
    const { files } = await planScan(lake, loaded, { onlyAdded: true });
    for (const { file } of files) {
      const bound = file.upperBounds.get(id);
      if (bound) newestMs = Math.max(newestMs ?? 0, Number((decodeValue('timestamptz', bound) as bigint) / 1000n));
    }
    seen = loaded.content.metadataLocation;
    return newestMs;
  };
}
