import { formatTableName } from '../../../base/table-name';
import { cleanBranches } from '../../../lake/clean-branches';
import type { Lake } from '../../../lake/lake';
import { tablesOf } from '../../../pipeline/tables';
import type { Lakehouse } from '../../real/support/lakehouse';

const DAY_MS = 86_400_000;

/** Branches of upkeep of the pipeline's tables. */
async function upkeepBranches({ lake, pipeline }: Lakehouse): Promise<readonly string[]> {
  const kinds = /^(compaction|expiry)\./;
  const tables = tablesOf(pipeline).map(formatTableName);
  const refs = await lake.nessie.listRefs();
  return refs
    .map(({ name }) => name)
    .filter((name) => kinds.test(name) && tables.some((table) => name.includes(table)));
}

/** What killed attempts left must be gone once clean-branches has run, a day later. Only this pipeline's: others are at work. */
export async function requireCleaned(house: Lakehouse, notes: string[]): Promise<readonly string[]> {
  const left = await upkeepBranches(house);
  if (left.length === 0) return [];
  notes.push(`${left.length} branch left by the dead attempt, dropped by clean-branches`);
  const { lake } = house;
  const own: Lake = {
    ...lake,
    nessie: {
      ...lake.nessie,
      listRefs: async (options) => (await lake.nessie.listRefs(options)).filter(({ name }) => left.includes(name)),
    },
  };
  await cleanBranches(own, { nowMs: Date.now() + 2 * DAY_MS, dryRun: false, isRunning: () => Promise.resolve(true) });
  return (await upkeepBranches(house)).map((name) => `branch ${name} stays for ever`);
}
