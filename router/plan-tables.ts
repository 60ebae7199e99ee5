import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import { untilAborted } from './deadline';
import { emptyRelation } from '../engine/read-files';
import { scanRelation, scanUris } from '../engine/scan-relation';
import { quoteIdent } from '../engine/sql';
import { currentSchema, currentSnapshot } from '../lake/iceberg/metadata';
import type { LoadedTable } from '../lake/lake';
import type { Lake } from '../lake/lake';
import { inParallel, manifestsOf } from '../lake/manifests';
import type { FileCache } from '../lake/objects/file-cache';
import type { FileNames } from './hide-paths';
import { planScan, type ColumnRange, type Scan } from '../lake/scan';

export interface PlannedTable {
  readonly table: LoadedTable;
  readonly scan: Scan;
  /** Files of the snapshot that were ruled out by their manifest or their own bounds. */
  readonly filesPruned: number;
}

export interface FetchedFiles {
  /** Local paths of all files, delete files among them. */
  readonly paths: readonly string[];
  pathOf(uri: string): string;
  readonly names: FileNames;
  release(): Promise<void>;
}

/** The data files of each table at its current snapshot, with the delete files that apply to them. */
export async function planTables(
  lake: Lake,
  tables: readonly LoadedTable[],
  ranges: ReadonlyMap<string, readonly ColumnRange[]> = new Map(),
): Promise<readonly PlannedTable[]> {
  return inParallel(tables, 4, async (table) => {
    const name = formatTableName(table.name);
    const scan = await planScan(lake, table, { ranges: ranges.get(name) ?? [] });
    return { table, scan, filesPruned: (await countFiles(lake, table)) - scan.files.length };
  });
}

/** From the manifest list, which planning has read already: a manifest that was ruled out is not opened for it. */
async function countFiles(lake: Lake, { metadata }: LoadedTable): Promise<number> {
  const manifests = await manifestsOf(lake.store, currentSnapshot(metadata));
  return manifests.reduce(
    (sum, { content, addedFiles, existingFiles }) => (content === 0 ? sum + addedFiles + existingFiles : sum),
    0,
  );
}

/** Throws QUERY_REFUSED when the files are more than one query may fetch. */
export function checkScanSize(planned: readonly PlannedTable[], maxScanBytes: number): void {
  const sizeBytes = planned.reduce(
    (sum, { scan }) => sum + scan.files.reduce((bytes, { file }) => bytes + Number(file.fileSizeBytes), 0),
    0,
  );
  if (sizeBytes <= maxScanBytes) return;
  throw new SluiceError(
    'QUERY_REFUSED',
    `the query would read ${sizeBytes} bytes of files, the router takes ${maxScanBytes}`,
    {
      cure: "Narrow it by the partition column, for example event_time >= timestamptz '2026-01-31'.",
    },
  );
}

const parallelDownloads = 8;

/** Brings the files to this machine and holds them until released. */
export async function fetchFiles(
  cache: FileCache,
  planned: readonly PlannedTable[],
  signal: AbortSignal,
): Promise<FetchedFiles> {
  const uris = planned.flatMap(({ scan }) => scanUris(scan.files));
  const downloads = inParallel(uris, parallelDownloads, async (uri) => {
    signal.throwIfAborted();
    await cache.fetch(uri);
  });
  await untilAborted(signal, downloads);
  const lease = await cache.lease(uris);
  const paths = new Map(uris.map((uri, index) => [uri, lease.paths[index]!]));
  return {
    paths: lease.paths,
    pathOf: (uri) => paths.get(uri)!,
    names: new Map(uris.map((uri, index) => [lease.paths[index]!, uri])),
    release: () => lease.release(),
  };
}

/** SQL that makes each table visible as "namespace"."name", with the columns of its current schema. */
export function viewDefinitions(
  planned: readonly PlannedTable[],
  { pathOf }: Pick<FetchedFiles, 'pathOf'>,
): readonly string[] {
  return defineViews(
    planned.map(({ table, scan }) => ({
      table,
      relation: scanRelation({ metadata: table.metadata, files: scan.files, pathOf }),
    })),
  );
}

/** The same for tables that are only looked at by name and columns. */
export function emptyViews(tables: readonly LoadedTable[]): readonly string[] {
  return defineViews(tables.map((table) => ({ table, relation: emptyRelation(currentSchema(table.metadata).fields) })));
}

function defineViews(views: readonly { readonly table: LoadedTable; readonly relation: string }[]): readonly string[] {
  const namespaces = new Set(views.map(({ table }) => table.name.namespace));
  return [
    ...[...namespaces].map((namespace) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdent(namespace)}`),
    ...views.map(
      ({ table, relation }) =>
        `CREATE VIEW ${quoteIdent(table.name.namespace)}.${quoteIdent(table.name.name)} AS SELECT * FROM ${relation}`,
    ),
  ];
}
