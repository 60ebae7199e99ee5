import type { SluiceConfig } from '../../base/config';
import { inParallel } from '../../base/in-parallel';
import { tableHealth } from '../../lake/health/table-health';
import type { TableHealth } from '../../lake/health/table-health';
import { loadTables } from '../../lake/lake';
import { withLake } from '../apply/with-lake';
import { findTargets } from './targets';

const TABLES_AT_ONCE = 4;

/** The state of tables on main; those of all pipelines when nothing is named. Reads manifests, no data file. */
export async function readHealth(config: SluiceConfig, wanted: readonly string[]): Promise<readonly TableHealth[]> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const names = (await findTargets(lake, hash, wanted)).flatMap(({ tables }) => tables);
    const loaded = [...(await loadTables(lake, hash, names)).values()];
    return inParallel(loaded, TABLES_AT_ONCE, (table) => tableHealth(lake, table));
  });
}
