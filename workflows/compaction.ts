import { setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { CompactionOptions } from '../activities/compaction/plan-compaction';
import type { PublishCompactionResult } from '../activities/compaction/publish-compaction';
import type { CompactionGroup, RewrittenGroup, RewriteMode } from '../activities/compaction/wire';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from '../pipeline/tables';
import { catalog, upkeepActivities } from './proxies';
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
 * every few groups. Changes files, never rows.
 */
export async function compactionWorkflow(input: CompactionInput): Promise<CompactionResult> {
  const { pipeline, tables: named, ...options } = input;
  const id = uuid4();
  const startedAtMs = workflowInfo().startTime.getTime();
  let groups: readonly CompactionGroup[] = [];
  let rewritten = 0;
  let at: string | undefined;
  setHandler(upkeepProgressQuery, () => ({
    done: rewritten,
    total: groups.length,
    ...(at === undefined ? {} : { at }),
  }));
  groups = await catalog.planCompaction({
    tables: named ?? (pipeline ? tablesOf(pipeline).map(formatTableName) : []),
    ...options,
  });
  const tables: TableCompaction[] = [];
  for (const table of new Set(groups.map((group) => group.table))) {
    at = table;
    const own = groups.filter((group) => group.table === table);
    let result = emptyResult(table);
    for (let first = 0; first < own.length; first += GROUPS_PER_PART) {
      const slice = own.slice(first, first + GROUPS_PER_PART);
      const part = await rewriteAll(slice, id, options.sort ?? false, () => {
        rewritten += 1;
      });
      const outcome = await catalog.publishCompaction({
        table,
        id,
        part: first / GROUPS_PER_PART,
        groups: part,
        startedAtMs,
      });
      result = addPart(result, part, outcome);
    }
    tables.push(result);
  }
  return { tables };
}

/** At most IN_FLIGHT under way; results in the order of the groups. */
async function rewriteAll(
  groups: readonly CompactionGroup[],
  id: string,
  sort: boolean,
  done: () => void,
): Promise<readonly RewrittenGroup[]> {
  const { rewriteGroup } = upkeepActivities();
  const results: RewrittenGroup[] = [];
  const queue = [...groups.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, group] = next;
      results[index] = await rewriteGroup({ group, id, ...(sort ? { sort } : {}) });
      done();
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, groups.length) }, lane));
  return results;
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
