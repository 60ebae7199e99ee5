import type { SluiceConfig } from '../base/config';
import { SluiceError } from '../base/errors';
import { formatTableName, type TableName } from '../base/table-name';
import { chainProblem } from './chain';
import { parseTableMetadata } from './iceberg/metadata-json';
import type { TableMetadata } from './iceberg/types';
import { lakeCache } from './lake-cache';
import { openNessie, type Nessie, type TableContent } from './nessie/nessie';
import type { ObjectStore } from './objects/object-store';
import { openS3Store } from './objects/s3-store';

/** The object store and the catalog together. */
export interface Lake {
  readonly store: ObjectStore;
  readonly nessie: Nessie;
  /** `s3://bucket`, without a slash at the end. */
  readonly warehouse: string;
  readonly mainBranch: string;
}

/** A table at one hash of the catalog. */
export interface LoadedTable {
  readonly name: TableName;
  readonly content: TableContent;
  readonly metadata: TableMetadata;
}

export function openLake(config: Pick<SluiceConfig, 's3' | 'nessie'>): Lake {
  return {
    store: openS3Store(config.s3),
    nessie: openNessie(config.nessie),
    warehouse: `s3://${config.s3.bucket}`,
    mainBranch: config.nessie.mainBranch,
  };
}

export async function closeLake(lake: Lake): Promise<void> {
  lake.store.close();
  await lake.nessie.close();
}

/** Where a table's files stand. */
export function tableLocation(lake: Pick<Lake, 'warehouse'>, name: TableName): string {
  return `${lake.warehouse}/${name.namespace.replaceAll('.', '/')}/${name.name}`;
}

/** Undefined when the catalog has no such table at `hash`. Throws TABLE_FOREIGN when another writer broke the chain, UNSUPPORTED_TABLE for other formats. */
export async function loadTable(lake: Lake, hash: string, name: TableName): Promise<LoadedTable | undefined> {
  return (await loadTables(lake, hash, [name])).get(formatTableName(name));
}

/** As loadTable but TABLE_NOT_FOUND when it is missing. */
export async function needTable(lake: Lake, hash: string, name: TableName): Promise<LoadedTable> {
  const table = await loadTable(lake, hash, name);
  if (!table)
    throw new SluiceError('TABLE_NOT_FOUND', `no table ${formatTableName(name)} at ${hash}`, {
      cure: 'Create it with `sluice apply`, or name another ref.',
    });
  return table;
}

/** Tables by `namespace.name`; those that do not exist are left out. Metadata files are immutable, so they are cached by location. */
export async function loadTables(
  lake: Lake,
  hash: string,
  names: readonly TableName[],
): Promise<Map<string, LoadedTable>> {
  return loadContents(lake, names, await lake.nessie.contents(hash, names));
}

/** The same at main's head, with the hash that it was. */
export async function loadHead(
  lake: Lake,
  names: readonly TableName[],
): Promise<{ readonly hash: string; readonly tables: Map<string, LoadedTable> }> {
  const { hash, contents } = await lake.nessie.headContents(lake.mainBranch, names);
  return { hash, tables: await loadContents(lake, names, contents) };
}

async function loadContents(
  lake: Lake,
  names: readonly TableName[],
  contents: ReadonlyMap<string, TableContent>,
): Promise<Map<string, LoadedTable>> {
  const loaded = await Promise.all(
    names.map(async (name): Promise<readonly [string, LoadedTable] | undefined> => {
      const key = formatTableName(name);
      const content = contents.get(key);
      return content && [key, await loadContent(lake, name, content)];
    }),
  );
  return new Map(loaded.filter((entry) => entry !== undefined));
}

/** The table that a catalog entry points at. */
export async function loadContent(
  lake: Pick<Lake, 'store'>,
  name: TableName,
  content: TableContent,
): Promise<LoadedTable> {
  const table: LoadedTable = { name, content, metadata: await loadMetadata(lake, content.metadataLocation) };
  const problem = chainProblem(table);
  if (problem !== undefined) {
    throw new SluiceError('TABLE_FOREIGN', `table ${formatTableName(name)}: ${problem}`, {
      cure: 'Another program wrote to this table. Find its commit in the catalog log, take its right to write, and put the table back to the content before it.',
      context: { metadataLocation: content.metadataLocation },
    });
  }
  return table;
}

/** One parsed metadata.json. */
export async function loadMetadata(lake: Pick<Lake, 'store'>, uri: string): Promise<TableMetadata> {
  return lakeCache(lake.store).metadata.through(uri, async () => {
    const bytes = await lake.store.get(uri);
    return { value: parseTableMetadata(bytes.toString('utf8'), uri), weight: bytes.length };
  });
}
