import { formatTableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import { danglingDeletes } from '../dangling-deletes';
import type { DataFile } from '../iceberg/types';
import type { Lake, LoadedTable } from '../lake';
import { loadTables } from '../lake';
import { publishChange } from '../publish-change';
import type { PublishOutcome } from '../publish-change';
import { planScan } from '../scan';
import { stageChange } from '../stage';
import { droppedProperties, droppedRows } from './dropped-record';
import { limitedTables, limitsOf } from './limits';
import type { Limit } from './limits';
import { floorToUnit, partitionEndMs, timePartitionOf, typeOfField } from './time-partition';

/** What retention does to one table. */
export interface TableDrop {
  readonly table: string;
  /** `kept`: nothing is old enough; `not by time`: its partitions do not tell how old its rows are. */
  readonly state: 'drops' | 'kept' | 'not by time';
  /** Partitions that end at or before this go. */
  readonly beforeMs?: number;
  /** The clock alone would take more: windows that may still take rows hold it back. */
  readonly heldByWindows?: boolean;
  readonly files: number;
  readonly rows: number;
  readonly sizeBytes: number;
}

export interface DropRowsResult {
  readonly outcome: PublishOutcome;
  readonly tables: readonly TableDrop[];
}

export interface DropRowsInput {
  readonly pipeline: Pipeline;
  readonly id: string;
  readonly nowMs: number;
}

/** What a run would drop. Opens manifests only. */
export async function planDropRows(
  lake: Lake,
  { pipeline, nowMs }: Omit<DropRowsInput, 'id'>,
): Promise<readonly TableDrop[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const limits = await limitsOf(lake, hash, pipeline);
  const tables = await loadTables(
    lake,
    hash,
    limits.map(({ name }) => name),
  );
  const plans: TableDrop[] = [];
  for (const limit of limits) {
    const table = tables.get(formatTableName(limit.name));
    if (table) plans.push((await planTable(lake, table, limit, nowMs)).drop);
  }
  return plans;
}

/**
 * Drops partitions past the pipeline's retention from its raw, rejected and window tables: one `delete` snapshot per table, all in one commit,
 * without opening a data file; row deletes of other engines that hit nothing any more go with them. How many rows went stands in the tables' properties in the same commit, for `sluice verify`. Deletes no
 * file, and older commits and tags still show the rows until the sweep no longer keeps them. Running it again finds nothing to do.
 */
export async function dropRows(lake: Lake, { pipeline, id, nowMs }: DropRowsInput): Promise<DropRowsResult> {
  const names = limitedTables(pipeline);
  if (names.length === 0) return { outcome: 'nothing', tables: [] };
  let drops: TableDrop[] = [];
  const outcome = await publishChange(lake, {
    tables: names,
    kind: 'retention',
    id,
    message: `drop old rows of ${pipeline.name}`,
    properties: { 'sluice.pipeline': pipeline.name },
    stage: async (tables, hash) => {
      drops = [];
      const staged = [];
      // Of this very state: a rollback since a lost race has taken watermarks back, or windows have been added.
      for (const limit of await limitsOf(lake, hash, pipeline)) {
        const table = tables.get(formatTableName(limit.name));
        if (!table) continue;
        const { drop, files, hasDeletes } = await planTable(lake, table, limit, nowMs);
        drops.push(drop);
        if (drop.state !== 'drops') continue;
        const old = files.map(({ filePath }) => filePath);
        const idle = hasDeletes ? danglingDeletes(await planScan(lake, table), new Set(old)) : [];
        const removed = [...old, ...idle.map(({ filePath }) => filePath)];
        staged.push(await stageDrop(lake, table, { drop, removed, id, nowMs }));
      }
      return staged;
    },
  });
  return { outcome, tables: drops };
}

async function planTable(
  lake: Lake,
  table: LoadedTable,
  { columns, rowsMs, lineMs }: Limit,
  nowMs: number,
): Promise<{ readonly drop: TableDrop; readonly files: readonly DataFile[]; readonly hasDeletes: boolean }> {
  const name = formatTableName(table.name);
  const nothing = { table: name, files: 0, rows: 0, sizeBytes: 0 };
  const partition = timePartitionOf(table.metadata, columns);
  const none = { files: [], hasDeletes: false };
  if (!partition) return { drop: { ...nothing, state: 'not by time' }, ...none };
  const horizonMs = Math.min(nowMs - rowsMs, lineMs);
  const heldByWindows = lineMs < nowMs - rowsMs;
  const held = heldByWindows ? { heldByWindows } : {};
  if (horizonMs === -Infinity) return { drop: { ...nothing, state: 'kept', ...held }, ...none };
  const beforeMs = floorToUnit(horizonMs, partition.unit);
  const type = typeOfField(table.metadata, partition.sourceId);
  const max = type === 'date' ? Math.floor(beforeMs / 86_400_000) : BigInt(beforeMs) * 1000n;
  const scan = await planScan(lake, table, { ranges: [{ column: partition.column, max }] });
  const files = scan.files
    .map(({ file }) => file)
    .filter((file) => {
      const endMs = partitionEndMs(file, table.metadata['partition-specs'], partition.sourceId, type);
      return endMs !== undefined && endMs <= beforeMs;
    });
  const drop: TableDrop = {
    table: name,
    state: files.length > 0 ? 'drops' : 'kept',
    beforeMs,
    ...held,
    files: files.length,
    rows: files.reduce((sum, file) => sum + Number(file.recordCount), 0),
    sizeBytes: files.reduce((sum, file) => sum + Number(file.fileSizeBytes), 0),
  };
  return { drop, files, hasDeletes: scan.deleteFiles.length > 0 };
}

function stageDrop(
  lake: Lake,
  table: LoadedTable,
  input: {
    readonly drop: TableDrop;
    readonly removed: readonly string[];
    readonly id: string;
    readonly nowMs: number;
  },
) {
  const { drop, removed, id, nowMs } = input;
  const beforeMs = drop.beforeMs!;
  const dropped = { beforeMs, rows: BigInt(drop.rows), files: drop.files };
  return stageChange(
    lake,
    table,
    {
      operation: 'delete',
      removed,
      properties: droppedProperties(droppedRows(table.metadata), dropped),
      summary: { 'sluice.retention': id, 'sluice.retention.before': new Date(beforeMs).toISOString() },
    },
    { planId: `retention ${id} ${drop.table}`, timestampMs: nowMs },
  );
}
