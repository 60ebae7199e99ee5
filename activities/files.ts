import { sha256Hex } from '../base/hash';
import { parseJson, stringifyJson } from '../base/json';
import { scanRelation, scanUris } from '../engine/scan-relation';
import type { ScannedFile } from '../engine/scan-relation';
import type { WrittenFile } from '../engine/write-parquet';
import { fromWire, toWire } from '../lake/data-file-json';
import type { DataFileJson } from '../lake/data-file-json';
import type { DataFile } from '../lake/iceberg/types';
import type { LoadedTable } from '../lake/lake';
import type { ActivityDeps } from './deps';
import type { FileList } from './wire';

/** Above this the descriptors go into an object: Temporal warns at 512 KiB and refuses at 2 MiB a payload. */
const INLINE_BYTES = 100_000;
const UPLOADS_AT_ONCE = 4;

/**
 * Uploads files under a table's location and keeps the local copies in the cache, where closing windows finds them.
 * Names hold the hash of the content, so an object that is there already is this very file.
 */
export async function uploadFiles(
  deps: ActivityDeps,
  location: string,
  files: readonly WrittenFile[],
): Promise<readonly DataFile[]> {
  return mapLimit(files, UPLOADS_AT_ONCE, async ({ localPath, relativePath, dataFile }) => {
    const filePath = `${location}/${relativePath}`;
    await deps.lake.store.putFile(filePath, localPath, { ifAbsent: true });
    await deps.cache.adopt(filePath, localPath);
    return { ...dataFile, filePath };
  });
}

/** Local paths of data files, downloaded where the cache lacks them. */
export async function localFiles(deps: ActivityDeps, files: readonly DataFile[]): Promise<readonly string[]> {
  return mapLimit(files, UPLOADS_AT_ONCE, (file) => deps.cache.fetch(file.filePath));
}

/** SQL of the live rows of a table's files, in parentheses, row deletes applied; downloads what the cache lacks. */
export async function scannedRows(
  deps: ActivityDeps,
  { metadata }: Pick<LoadedTable, 'metadata'>,
  files: readonly ScannedFile[],
): Promise<string> {
  const uris = scanUris(files);
  const paths = await mapLimit(uris, UPLOADS_AT_ONCE, (uri) => deps.cache.fetch(uri));
  const local = new Map(uris.map((uri, index) => [uri, paths[index]!]));
  return scanRelation({ metadata, files, pathOf: (uri) => local.get(uri)! });
}

/** Files that were written just now: nobody can have deleted rows of them. */
export const withoutDeletes = (files: readonly DataFile[]): readonly ScannedFile[] =>
  files.map((file) => ({ file, deletes: [] }));

/** A list as it travels: in the payload when it is short, else in an object of the lake. */
export async function packFiles(
  deps: ActivityDeps,
  planId: string,
  files: readonly DataFile[],
  inlineBytes = INLINE_BYTES,
): Promise<FileList> {
  const wire = files.map(toWire);
  const text = stringifyJson(wire);
  if (text.length <= inlineBytes) return { files: wire };
  const uri = `${deps.lake.warehouse}/_sluice/plans/${planId}/${sha256Hex(text).slice(0, 16)}.json`;
  await deps.lake.store.put(uri, Buffer.from(text), { ifAbsent: true });
  return { uri, count: wire.length };
}

export async function unpackFiles(deps: ActivityDeps, list: FileList): Promise<readonly DataFile[]> {
  const wire =
    'files' in list ? list.files : parseJson<DataFileJson[]>((await deps.lake.store.get(list.uri)).toString('utf8'));
  return wire.map(fromWire);
}

/** `Promise.all` over `items` with at most `limit` under way; results in order. */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = new Array<R>(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
