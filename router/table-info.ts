import { describeError } from '../base/errors';
import { formatTableName, type TableName } from '../base/table-name';
import { currentSchema, currentSnapshot } from '../lake/iceberg/metadata';
import { typeText } from '../lake/iceberg/schema';
import type { Snapshot, TableMetadata } from '../lake/iceberg/types';
import { loadContent, needTable, type Lake, type LoadedTable } from '../lake/lake';
import { inParallel } from '../lake/manifests';
import type { TableEntry } from '../lake/nessie/nessie';
import { planScan } from '../lake/scan';

export interface ColumnInfo {
  readonly id: number;
  readonly name: string;
  /** Iceberg's type: `long`, `timestamptz`, `map<string,string>`. */
  readonly type: string;
  readonly required: boolean;
  readonly doc?: string;
}

export interface TableInfo {
  readonly name: string;
  readonly snapshotId: bigint | null;
  readonly rows: bigint;
  readonly files: bigint;
  readonly bytes: bigint;
  readonly updatedAt: string;
  readonly columns: readonly ColumnInfo[];
  /** `day(event_time)`, in order; empty for a table that is not partitioned. */
  readonly partition: readonly string[];
}

/** A table that cannot be read stays in the list, with the reason. */
export interface BrokenTable {
  readonly name: string;
  readonly problem: string;
}

export interface SnapshotInfo {
  readonly snapshotId: bigint;
  readonly parentId: bigint | null;
  readonly committedAt: string;
  readonly operation: string;
  readonly summary: Readonly<Record<string, string>>;
}

export interface TableDetails extends TableInfo {
  readonly location: string;
  readonly metadataLocation: string;
  readonly sortedBy: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly snapshots: readonly SnapshotInfo[];
}

export interface LoadedEntries {
  readonly loaded: readonly LoadedTable[];
  readonly broken: readonly BrokenTable[];
}

/** Every table at a hash; one that cannot be loaded does not hide the others. */
export async function loadEntries(lake: Lake, hash: string): Promise<LoadedEntries> {
  const entries = [...(await lake.nessie.entries(hash))].sort((a, b) =>
    formatTableName(a.name) < formatTableName(b.name) ? -1 : 1,
  );
  const all = await inParallel(entries, 16, (entry) => tryLoad(lake, entry));
  return {
    loaded: all.flatMap((item) => ('metadata' in item ? [item] : [])),
    broken: all.flatMap((item) => ('problem' in item ? [item] : [])),
  };
}

async function tryLoad(lake: Lake, { name, content }: TableEntry): Promise<LoadedTable | BrokenTable> {
  try {
    return await loadContent(lake, name, content);
  } catch (error) {
    return { name: formatTableName(name), problem: describeError(error) };
  }
}

export async function listTables(lake: Lake, hash: string): Promise<readonly (TableInfo | BrokenTable)[]> {
  const { loaded, broken } = await loadEntries(lake, hash);
  const infos = await inParallel(loaded, 8, (table) => tableInfo(lake, table));
  return [...infos, ...broken].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws TABLE_NOT_FOUND. */
export async function describeTable(lake: Lake, hash: string, name: TableName): Promise<TableDetails> {
  const table = await needTable(lake, hash, name);
  const { metadata } = table;
  const order = metadata['sort-orders'].find((item) => item['order-id'] === metadata['default-sort-order-id']);
  return {
    ...(await tableInfo(lake, table)),
    location: metadata.location,
    metadataLocation: table.content.metadataLocation,
    sortedBy: (order?.fields ?? []).map(
      (field) =>
        `${sourceText(metadata, field['source-id'], field.transform)}${field.direction === 'desc' ? ' desc' : ''}`,
    ),
    properties: metadata.properties,
    snapshots: [...metadata.snapshots].reverse().map(snapshotInfo),
  };
}

async function tableInfo(lake: Lake, table: LoadedTable): Promise<TableInfo> {
  const { metadata } = table;
  const spec = metadata['partition-specs'].find((item) => item['spec-id'] === metadata['default-spec-id']);
  return {
    name: formatTableName(table.name),
    snapshotId: currentSnapshot(metadata)?.['snapshot-id'] ?? null,
    ...(await totals(lake, table)),
    updatedAt: new Date(metadata['last-updated-ms']).toISOString(),
    columns: currentSchema(metadata).fields.map(({ id, name, type, required, doc }) => ({
      id,
      name,
      type: typeText(type),
      required,
      ...(doc !== undefined && { doc }),
    })),
    partition: (spec?.fields ?? []).map((field) => sourceText(metadata, field['source-id'], field.transform)),
  };
}

/** From the summary of the current snapshot; counted from the manifests when a foreign writer left it out. */
export async function totals(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
): Promise<Pick<TableInfo, 'rows' | 'files' | 'bytes'>> {
  const snapshot = currentSnapshot(table.metadata);
  if (!snapshot) return { rows: 0n, files: 0n, bytes: 0n };
  const [rows, files, bytes] = ['total-records', 'total-data-files', 'total-files-size'].map((key) =>
    decimal(snapshot.summary[key]),
  );
  if (rows !== undefined && files !== undefined && bytes !== undefined) return { rows, files, bytes };
  const scan = await planScan(lake, table);
  const sum = (of: 'recordCount' | 'fileSizeBytes'): bigint =>
    scan.files.reduce((total, { file }) => total + file[of], 0n);
  return { rows: sum('recordCount'), files: BigInt(scan.files.length), bytes: sum('fileSizeBytes') };
}

function decimal(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function snapshotInfo(snapshot: Snapshot): SnapshotInfo {
  const { operation, ...summary } = snapshot.summary;
  return {
    snapshotId: snapshot['snapshot-id'],
    parentId: snapshot['parent-snapshot-id'] ?? null,
    committedAt: new Date(snapshot['timestamp-ms']).toISOString(),
    operation,
    summary,
  };
}

function sourceText(metadata: TableMetadata, sourceId: number, transform: string): string {
  const fields = metadata.schemas.flatMap((schema) => schema.fields);
  const name = fields.find(({ id }) => id === sourceId)?.name ?? `#${sourceId}`;
  const bracket = /^(\w+)\[(\d+)\]$/.exec(transform);
  if (bracket) return `${bracket[1]}(${bracket[2]}, ${name})`;
  return transform === 'identity' ? name : `${transform}(${name})`;
}
