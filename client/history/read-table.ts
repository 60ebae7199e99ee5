import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';
import { tableFiles, type TableFiles } from '../../lake/history/table-files';
import { listSnapshots, tableHistory, type HistoryEntry, type SnapshotInfo } from '../../lake/history/table-snapshots';
import { needTable, type Lake, type LoadedTable } from '../../lake/lake';
import { retainedOr } from '../../lake/history/swept';
import { withLake } from '../apply/with-lake';

export interface TableAt {
  readonly table: TableName;
  /** Main by default. */
  readonly ref?: string;
}

interface Found {
  readonly hash: string;
}

/** Snapshots, newest first. Throws TABLE_NOT_FOUND, REF_NOT_FOUND, TABLE_FOREIGN, NOT_RETAINED. */
export async function readSnapshots(
  config: SluiceConfig,
  at: TableAt,
): Promise<Found & { readonly snapshots: readonly SnapshotInfo[] }> {
  return withTable(config, at, async (_lake, { metadata }) => ({ snapshots: listSnapshots(metadata) }));
}

export async function readHistory(
  config: SluiceConfig,
  at: TableAt,
): Promise<Found & { readonly history: readonly HistoryEntry[] }> {
  return withTable(config, at, async (_lake, { metadata }) => ({ history: tableHistory(metadata) }));
}

export async function readFiles(
  config: SluiceConfig,
  at: TableAt,
  input: { readonly snapshotId?: bigint; readonly partition?: string; readonly limit: number },
): Promise<Found & TableFiles> {
  return withTable(config, at, (lake, table) => tableFiles(lake, table, input));
}

async function withTable<T>(
  config: SluiceConfig,
  { table, ref }: TableAt,
  read: (lake: Lake, table: LoadedTable) => Promise<T>,
): Promise<Found & T> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.resolve(ref ?? lake.mainBranch);
    return retainedOr(lake, hash, async () => ({ hash, ...(await read(lake, await needTable(lake, hash, table))) }));
  });
}
