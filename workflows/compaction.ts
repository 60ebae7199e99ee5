import { setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { CompactionOptions } from '../activities/compaction/plan-compaction';
import type { PublishCompactionResult } from '../activities/compaction/publish-compaction';
import type { CompactionGroup, RewrittenGroup, RewriteMode } from '../activities/compaction/wire';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from '../pipeline/tables';
import { upkeep, upkeepActivities } from './proxies';
import { upkeepFailures } from './upkeep-failures';
import type { UpkeepFailures } from './upkeep-failures';
import { upkeepProgressQuery } from './upkeep-progress';

/** Groups handed to the workers at a time; their upkeep slots decide how many are rewritten at once. */
const IN_FLIGHT = 4;
/** What is rewritten is published after so many groups: progress that a later failure cannot take back. */
const GROUPS_PER_PART = 8;

export interface CompactionInput extends CompactionOptions {
  /** All of its tables unless some are named. */
  readonly pipeline?: Pipeline;
  /** As `namespace.name`. */
  readonly tables?: readonly string[];
}

export interface TableCompaction extends PublishCompactionResult {
  readonly table: string;
  readonly groups: number;
  readonly modes: Readonly<Partial<Record<RewriteMode, number>>>;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly rows: number;
  /** Rows that row deletes had taken and that are now gone from the files, too. */
  readonly deletedRows: number;
}

export interface CompactionResult {
  readonly tables: readonly TableCompaction[];
}

/**
 * Rewrites the small files of tables and what row deletes left of others, group by group in parallel activities, and publishes
 * every few groups. Changes files, never rows. A table or group that cannot be rewritten does not keep the others from it: the run fails at
 * its end, when they are published.
 */
export async function compactionWorkflow(input: CompactionInput): Promise<CompactionResult> {
  const { pipeline, tables: named, ...options } = input;
  const id = uuid4();
  const startedAtMs = workflowInfo().startTime.getTime();
  let groups: readonly CompactionGroup[] = [];
  let rewritten = 0;
  let at: string | undefined;
  const failures = upkeepFailures();
  setHandler(upkeepProgressQuery, () => ({
    done: rewritten,
    total: groups.length,
    ...(at === undefined ? {} : { at }),
    ...(failures.all.length === 0 ? {} : { failed: failures.all }),
  }));
  groups = await planAll(named ?? (pipeline ? tablesOf(pipeline).map(formatTableName) : []), options, failures);
  const tables: TableCompaction[] = [];
  for (const table of new Set(groups.map((group) => group.table))) {
    at = table;
    const own = groups.filter((group) => group.table === table);
    let result = emptyResult(table);
    for (let first = 0; first < own.length; first += GROUPS_PER_PART) {
      const slice = own.slice(first, first + GROUPS_PER_PART);
      const part = await rewriteAll(slice, { id, sort: options.sort ?? false }, failures, () => {
        rewritten += 1;
      });
      if (part.length === 0) continue;
      const outcome = await failures.keep(table, () =>
        upkeep.publishCompaction({ table, id, part: first / GROUPS_PER_PART, groups: part, startedAtMs }),
      );
      if (outcome) result = addPart(result, part, outcome);
    }
    tables.push(result);
  }
  const published = tables.filter(({ outcome }) => outcome === 'published').length;
  failures.throwIfAny(`All else was done: ${published} of ${tables.length} tables were compacted.`);
  return { tables };
}

/** All tables in one look; one after the other when some table stands in the way of that. */
async function planAll(
  tables: readonly string[],
  options: CompactionOptions,
  failures: UpkeepFailures,
): Promise<readonly CompactionGroup[]> {
  const alone = upkeepFailures();
  const groups = await alone.keep('', () => upkeep.planCompaction({ tables, ...options }));
  if (groups) return groups;
  const found: CompactionGroup[] = [];
  for (const table of tables)
    found.push(...((await failures.keep(table, () => upkeep.planCompaction({ tables: [table], ...options }))) ?? []));
  return found;
}

/** At most IN_FLIGHT under way; results in the order of the groups, without those that failed. */
async function rewriteAll(
  groups: readonly CompactionGroup[],
  { id, sort }: { readonly id: string; readonly sort: boolean },
  failures: UpkeepFailures,
  done: () => void,
): Promise<readonly RewrittenGroup[]> {
  const { rewriteGroup } = upkeepActivities();
  const results: (RewrittenGroup | undefined)[] = [];
  const queue = [...groups.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, group] = next;
      results[index] = await failures.keep(group.table, () => rewriteGroup({ group, id, ...(sort ? { sort } : {}) }));
      done();
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, groups.length) }, lane));
  return results.filter((result) => result !== undefined);
}

function emptyResult(table: string): TableCompaction {
  return {
    table,
    outcome: 'nothing',
    groups: 0,
    modes: {},
    filesBefore: 0,
    filesAfter: 0,
    deleteFilesRemoved: 0,
    wastedGroups: 0,
    bytesBefore: 0,
    bytesAfter: 0,
    rows: 0,
    deletedRows: 0,
  };
}

/** One published part makes the whole run count as published. */
function addPart(
  so: TableCompaction,
  part: readonly RewrittenGroup[],
  outcome: PublishCompactionResult,
): TableCompaction {
  const modes: Partial<Record<RewriteMode, number>> = { ...so.modes };
  for (const { mode } of part) modes[mode] = (modes[mode] ?? 0) + 1;
  return {
    table: so.table,
    outcome: so.outcome === 'published' ? so.outcome : outcome.outcome,
    groups: so.groups + part.length,
    modes,
    filesBefore: so.filesBefore + outcome.filesBefore,
    filesAfter: so.filesAfter + outcome.filesAfter,
    deleteFilesRemoved: so.deleteFilesRemoved + outcome.deleteFilesRemoved,
    wastedGroups: so.wastedGroups + outcome.wastedGroups,
    bytesBefore: so.bytesBefore + sum(part, ({ group }) => group.sizeBytes),
    bytesAfter: so.bytesAfter + sum(part, ({ sizeBytes }) => sizeBytes),
    rows: so.rows + sum(part, ({ rows }) => rows),
    deletedRows: so.deletedRows + sum(part, ({ deletedRows }) => deletedRows),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
