import { inParallel } from '../../base/in-parallel';
import { formatTableName, siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { scanRelation, scanUris } from '../../engine/scan-relation';
import { needTable } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import type { FileCache } from '../../lake/objects/file-cache';
import { planScan } from '../../lake/scan';
import type { Pipeline } from '../../pipeline/model';

export interface TableSource {
  readonly lake: Lake;
  readonly cache: FileCache;
  readonly hash: string;
}

/** A table whose files stay on the local disk until released. */
export interface LeasedTable {
  readonly loaded: LoadedTable;
  /** SQL of its rows, in parentheses. */
  readonly relation: string;
  readonly files: number;
  readonly sizeBytes: number;
  release(): Promise<void>;
}

/** All tables of a pipeline at one commit. */
export interface VerifiedTables {
  readonly loaded: ReadonlyMap<string, LoadedTable>;
  relation(table: TableName): string;
  readonly files: number;
  readonly sizeBytes: number;
  release(): Promise<void>;
}

/** Downloads what the local cache lacks. Throws TABLE_NOT_FOUND, STORE_UNAVAILABLE, OBJECT_NOT_FOUND for a file that is gone. */
export async function openTables(source: TableSource, pipeline: Pipeline): Promise<VerifiedTables> {
  const loaded = await inParallel(tableNames(pipeline), 4, (name) => needTable(source.lake, source.hash, name));
  const leased: LeasedTable[] = [];
  const release = async (): Promise<void> => void (await Promise.all(leased.map((table) => table.release())));
  try {
    for (const table of loaded) leased.push(await leaseTable(source, table));
  } catch (error) {
    await release();
    throw error;
  }
  const byName = new Map(leased.map((table) => [formatTableName(table.loaded.name), table]));
  return {
    loaded: new Map([...byName].map(([name, table]) => [name, table.loaded])),
    relation: (table) => byName.get(formatTableName(table))!.relation,
    files: leased.reduce((sum, { files }) => sum + files, 0),
    sizeBytes: leased.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    release,
  };
}

export async function leaseTable({ lake, cache }: TableSource, loaded: LoadedTable): Promise<LeasedTable> {
  const { files } = await planScan(lake, loaded);
  const uris = scanUris(files);
  const lease = await cache.lease(uris);
  const paths = new Map(uris.map((uri, index) => [uri, lease.paths[index]!]));
  return {
    loaded,
    relation: scanRelation({ metadata: loaded.metadata, files, pathOf: (uri) => paths.get(uri)! }),
    files: files.length,
    sizeBytes: files.reduce((sum, { file }) => sum + Number(file.fileSizeBytes), 0),
    release: lease.release,
  };
}

function tableNames(pipeline: Pipeline): readonly TableName[] {
  return [
    pipeline.table,
    siblingTable(pipeline.table, 'rejected'),
    siblingTable(pipeline.table, 'batches'),
    ...pipeline.windows.flatMap(({ table }) => [table, siblingTable(table, 'late')]),
  ];
}
