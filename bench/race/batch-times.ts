import { siblingTable } from '../../base/table-name';
import { leaseTable } from '../../client/verify/tables';
import { needTable } from '../../lake/lake';
import { openFileCache } from '../../lake/objects/file-cache';
import type { Lakehouse } from '../../test/real/support/lakehouse';

export interface BatchTime {
  readonly seq: string;
  readonly plannedAtMs: number;
  /** From the plan to the commit on main. */
  readonly ms: number;
}

/** Every batch that has offsets: planned by the ledger, published by the catalog's log. In the order of their plans. */
export async function batchTimes(house: Lakehouse): Promise<readonly BatchTime[]> {
  const { lake, pipeline, engine, config } = house;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const plannedAt = new Map<string, number>();
  const cache = openFileCache({ store: lake.store, directory: `${config.home}/race-cache`, limitBytes: 1024 ** 3 });
  const ledger = await leaseTable(
    { lake, cache, hash },
    await needTable(lake, hash, siblingTable(pipeline.table, 'batches')),
  );
  const session = await engine.session();
  try {
    const rows = await session.rows<{ seq: string; planned: bigint }>(
      `select batch::varchar as seq, epoch_ms(max(planned_at)) as planned from ${ledger.relation} group by all`,
    );
    for (const { seq, planned } of rows) plannedAt.set(seq, Number(planned));
  } finally {
    session.close();
    await ledger.release();
  }
  const times: BatchTime[] = [];
  for await (const { properties, timeMs } of lake.nessie.log(lake.mainBranch, {
    filter: { pipeline: pipeline.name },
  })) {
    const seq = properties['sluice.batch'];
    const planned = seq === undefined ? undefined : plannedAt.get(seq);
    if (seq !== undefined && planned !== undefined) times.push({ seq, plannedAtMs: planned, ms: timeMs - planned });
  }
  return times.sort((a, b) => a.plannedAtMs - b.plannedAtMs);
}

/** The value below which a share of the values lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
