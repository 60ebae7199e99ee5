import { formatTableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import { tablesOf } from '../../pipeline/tables';
import { codeOf, Divergence } from './failure';
import type { BatchSoFar } from './batch-life';
import type { World } from './world';

/** Repeats the activities that led to a point, and holds the outcome against the first: the same files, the same snapshots. */
export async function runAgain(
  world: World,
  pipeline: Pipeline,
  point: 'ingested' | 'windows' | 'staged' | 'audited' | 'published',
  { plan, ingested, windows, staged }: BatchSoFar,
): Promise<Partial<BatchSoFar>> {
  const worker = world.worker();
  const workflowId = `batch/${plan.seq}`;
  switch (point) {
    case 'ingested': {
      const again = await Promise.all(plan.groups.map((ranges) => worker.ingestRange({ pipeline, plan, ranges })));
      return same('ingestRange', ingested, again);
    }
    case 'windows':
      return same('closeWindows', windows, await worker.closeWindows({ pipeline, plan, ingested, workflowId }));
    case 'staged': {
      const again = await worker.stageBatch({ pipeline, plan, ingested, windows: windows! });
      if (again.outcome !== 'staged') throw new Divergence(`staging again ended as ${again.outcome}`);
      if (again.staged.baseHash === staged!.baseHash) same('stageBatch', staged!.tables, again.staged.tables);
      return { staged: again.staged };
    }
    case 'audited':
      await worker.auditBatch({ pipeline, plan, ingested, windows: windows!, staged: staged! });
      return {};
    case 'published': {
      const published = await worker.publishBatch({ pipeline, plan, staged: staged!, warnings: [] });
      const stage = await worker.stageBatch({ pipeline, plan, ingested, windows: windows! });
      const closed = await worker.closeWindows({ pipeline, plan, ingested, workflowId });
      if (published.outcome !== 'published') throw new Divergence(`publishing again ended as ${published.outcome}`);
      if (stage.outcome !== 'applied') throw new Divergence(`staging what is published ended as ${stage.outcome}`);
      if (closed.tables.length > 0) throw new Divergence('windows of what is published were computed again');
      return {};
    }
  }
}

function same(what: string, first: unknown, second: unknown): Partial<BatchSoFar> {
  const [a, b] = [JSON.stringify(first), JSON.stringify(second)];
  if (a !== b) throw new Divergence(`${what} run again gave another result:\n  ${a}\n  ${b}`);
  return {};
}

/** Compacts whatever tables hold two files that go together, as upkeep does. */
export async function compactTables(world: World, pipeline: Pipeline, id: string): Promise<void> {
  const worker = world.worker();
  const groups = await worker.planCompaction({ tables: tablesOf(pipeline).map(formatTableName), minFiles: 2 });
  const rewritten = [];
  for (const group of groups) rewritten.push(await worker.rewriteGroup({ group, id }));
  for (const table of new Set(groups.map((group) => group.table))) {
    const groupsOfTable = rewritten.filter(({ group }) => group.table === table);
    const { outcome } = await world.catalog.withoutRightOfWay(() =>
      worker.publishCompaction({ table, id, part: 0, groups: groupsOfTable, startedAtMs: 1_700_000_000_000 }),
    );
    if (outcome === 'yielded') throw new Divergence(`compaction of ${table} ended as ${outcome}`);
  }
}

/** Takes all snapshots but the last two of every table out of its history. */
export async function expireTables(world: World, pipeline: Pipeline): Promise<void> {
  const overrides = { snapshotsMs: 0, minSnapshots: 2 };
  for (const table of tablesOf(pipeline).map(formatTableName)) {
    const { outcome } = await world.catalog.withoutRightOfWay(() =>
      world.worker().expireTable({ table, id: 'fuzz', overrides }),
    );
    if (outcome === 'yielded') throw new Divergence(`expiry of ${table} yielded`);
  }
}

/**
 * A worker that was given up goes on with its batch. `lake`: main moved to hold the batch, `nothing`: main is as it was. Throws a
 * Divergence when it was told that its batch is published although it is not.
 */
export async function zombiePublishes(
  world: World,
  pipeline: Pipeline,
  zombie: BatchSoFar,
): Promise<'lake' | 'nothing'> {
  const { lake } = world.reader;
  const head = async (): Promise<string> => (await lake.nessie.getRef(lake.mainBranch)).hash;
  const before = await head();
  try {
    const { plan, staged } = zombie;
    await world.worker().publishBatch({ pipeline, plan, staged: staged!, warnings: [] });
  } catch (error) {
    if (codeOf(error) !== 'OFFSET_MISMATCH') throw error;
  }
  return (await head()) === before ? 'nothing' : 'lake';
}

/** Staging a batch after its number was given to another one must be refused, or find it applied. */
export async function zombieStages(world: World, pipeline: Pipeline, zombie: BatchSoFar): Promise<void> {
  const { plan, ingested, windows } = zombie;
  try {
    const { outcome } = await world.worker().stageBatch({ pipeline, plan, ingested, windows: windows! });
    if (outcome !== 'applied')
      throw new Divergence(
        `an old worker staged batch ${plan.seq} of ${formatTableName(pipeline.table)} again: ${outcome}`,
      );
  } catch (error) {
    if (codeOf(error) !== 'OFFSET_MISMATCH') throw error;
  }
}
