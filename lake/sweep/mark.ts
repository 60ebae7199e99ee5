import { inParallel } from '../../base/in-parallel';
import { isSluiceError } from '../../base/errors';
import { readManifestList } from '../iceberg/manifest-list';
import type { Lake } from '../lake';
import type { NessieRef } from '../nessie/nessie';
import { follows, readHistory } from './history';
import type { TableState } from './history';
import { pathSet } from './path-set';
import type { PathSet } from './path-set';
import { normalUri } from './place';
import { readPlain } from './read-plain';
import { readManifestFiles, readMetadataFiles } from './table-files';
import type { MetadataFiles } from './table-files';

export interface MarkProgress {
  readonly refs: number;
  readonly metadata: number;
  readonly manifests: number;
}

export interface MarkOptions {
  /** States of branches back to this time stay readable by their hash. */
  readonly historyFromMs: number;
  /** False for tables that the sweep does not touch; all are marked by default. */
  readonly inScope?: (state: TableState) => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MarkProgress) => void;
}

/** All that must stay, as far as it was looked at. */
export interface Marker {
  /**
   * Visits every branch and tag at its head and back in time, then lists them again, until a listing names no head that was not visited.
   * Called again it visits only what is new since. Throws what cannot be read: then nothing may be deleted.
   */
  mark(): Promise<void>;
  readonly live: PathSet;
  /** Where tables stand, with the names that were seen there. */
  readonly locations: ReadonlyMap<string, ReadonlySet<string>>;
  /** Other places that settings of tables name. */
  readonly places: ReadonlySet<string>;
  readonly seen: () => MarkProgress;
}

const READS_AT_ONCE = 8;

/**
 * Marks every file that a branch or tag reaches: of each table's metadata.json itself, the metadata log, statistics, every listed snapshot
 * with its manifest list, manifests and live files. Manifest lists and manifests are immutable, so each is read once. Memory: some 25 bytes
 * a live path, 200 bytes a manifest, manifest list, metadata file or commit.
 */
export function openMarker(lake: Lake, options: MarkOptions): Marker {
  const live = pathSet();
  const locations = new Map<string, Set<string>>();
  const places = new Set<string>();
  // Exact sets: to take an unread manifest for a read one would leave its files unmarked.
  const heads = new Set<string>();
  const commits = new Set<string>();
  const states = new Set<string>();
  const metadataRead = new Map<string, ReadonlySet<bigint>>();
  const listsRead = new Set<string>();
  const manifestsRead = new Set<string>();
  const seen = (): MarkProgress => ({
    refs: heads.size,
    metadata: metadataRead.size,
    manifests: manifestsRead.size,
  });
  const step = (): void => {
    options.signal?.throwIfAborted();
    options.onProgress?.(seen());
  };

  const markManifest = async (uri: string): Promise<void> => {
    if (manifestsRead.has(uri)) return;
    manifestsRead.add(uri);
    live.add(uri);
    for (const path of await readManifestFiles(await lake.store.get(uri), uri)) live.add(path);
  };

  const markList = async (uri: string): Promise<void> => {
    if (listsRead.has(uri)) return;
    listsRead.add(uri);
    live.add(uri);
    for (const manifest of await readManifestList(await lake.store.get(uri))) {
      const path = normalUri(manifest.path);
      // Nothing is live in it, but readers of the list may open it.
      if (manifest.addedFiles + manifest.existingFiles === 0) live.add(path);
      else await markManifest(path);
    }
    step();
  };

  /** Gives the ids of the snapshots that the file lists. */
  const markMetadata = async ({ table, content }: TableState): Promise<ReadonlySet<bigint>> => {
    const uri = normalUri(content.metadataLocation);
    const known = metadataRead.get(uri);
    if (known) return known;
    const files = await readMetadata(lake, uri);
    for (const path of [uri, ...files.files]) live.add(path);
    const names = locations.get(files.location) ?? new Set<string>();
    locations.set(files.location, names.add(table));
    for (const place of files.places) places.add(place);
    await inParallel(files.snapshots, READS_AT_ONCE, async ({ manifestList, manifests }) => {
      if (manifestList !== undefined) await markList(manifestList);
      for (const manifest of manifests) await markManifest(manifest);
    });
    const ids = new Set(files.snapshots.map(({ snapshotId }) => snapshotId));
    metadataRead.set(uri, ids);
    step();
    return ids;
  };

  /**
   * States of one table, oldest first. Of a run of our own commits, each on the one before, every snapshot is listed by the state before the
   * run or is the current one of a state in it: so the newest is read, and of the others only those whose snapshot was not listed so far.
   */
  const markLine = async (line: readonly TableState[]): Promise<void> => {
    for (let at = 0; at < line.length;) {
      const listed = new Set(await markMetadata(line[at]!));
      let end = at + 1;
      while (end < line.length && follows(line[end - 1]!, line[end]!)) end += 1;
      for (const state of line.slice(at + 1, end).reverse()) {
        live.add(normalUri(state.content.metadataLocation));
        if (state.content.snapshotId === -1n || listed.has(state.content.snapshotId)) continue;
        for (const id of await markMetadata(state)) listed.add(id);
      }
      at = end;
    }
  };

  const markRef = async (ref: NessieRef): Promise<void> => {
    const history = await readHistory(lake, ref, { fromMs: options.historyFromMs, visited: commits });
    const isMarked = history.base !== undefined && history.commits.length === 0 && states.has(history.base);
    if (!isMarked)
      for (const line of history.lines.values()) {
        const wanted = options.inScope ? line.filter(options.inScope) : line;
        await markLine(wanted);
      }
    for (const hash of history.commits) commits.add(hash);
    if (history.base !== undefined) states.add(history.base);
    heads.add(headKey(ref));
    step();
  };

  return {
    live,
    locations,
    places,
    seen,
    async mark() {
      for (;;) {
        const refs = (await lake.nessie.listRefs()).filter((ref) => !heads.has(headKey(ref)));
        if (refs.length === 0) return;
        for (const ref of refs) {
          try {
            await markRef(ref);
          } catch (error) {
            // Deleted since it was listed: the next listing does not name it.
            if (!isSluiceError(error, 'REF_NOT_FOUND')) throw error;
          }
        }
      }
    },
  };
}

/** A tag reaches less than a branch at the same hash. */
const headKey = ({ type, hash }: NessieRef): string => `${type} ${hash}`;

async function readMetadata(lake: Pick<Lake, 'store'>, uri: string): Promise<MetadataFiles> {
  return readMetadataFiles(await readPlain(lake.store, uri), uri);
}
