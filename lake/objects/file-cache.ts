import { createHash, randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from '../../base/in-parallel';
import type { ObjectStore } from './object-store';

/**
 * Immutable objects on the local disk, shared by processes: a name appears only when its file is complete, two processes that fetch
 * the same object write the same bytes. The file used longest ago goes first.
 */
export interface FileCache {
  /**
   * Local path of an object, downloaded if need be. Nothing used in the last ten minutes is evicted; hold a lease where work may take longer.
   * Throws what the store throws.
   */
  fetch(uri: string): Promise<string>;
  /** Moves a file that was just uploaded into the cache. Its old path is gone afterwards. */
  adopt(uri: string, localPath: string): Promise<void>;
  /** Paths that stay readable until released, whatever is evicted meanwhile, by whatever process. In the order of `uris`. */
  lease(uris: readonly string[]): Promise<FileLease>;
}

export interface FileLease {
  readonly paths: readonly string[];
  release(): Promise<void>;
}

export interface FileCacheOptions {
  readonly store: Pick<ObjectStore, 'getToFile'>;
  readonly directory: string;
  readonly limitBytes: number;
  /** Files used within this time are not evicted, even above the limit. */
  readonly graceMs?: number;
}

/** Enough to hide the store's answer times for small files, few enough to leave large ones their share of the line. */
const DOWNLOADS_AT_ONCE = 8;

export function openFileCache({ store, directory, limitBytes, graceMs = 600_000 }: FileCacheOptions): FileCache {
  const objects = path.join(directory, 'objects');
  const leases = path.join(directory, 'leases');
  const underway = new Map<string, Promise<string>>();
  let bytesSinceEviction = 0;
  let evicting: Promise<void> | undefined;
  let preparing: Promise<void> | undefined;
  // By the first use: work that nobody waits for could fail unseen, or be under way when its directory is removed.
  const ready = (): Promise<void> =>
    (preparing ??= prepare(objects, leases).catch((error: unknown) => {
      preparing = undefined; // the next use tries again
      throw error;
    }));

  const place = (uri: string): string =>
    path.join(objects, createHash('sha256').update(uri).digest('hex').slice(0, 40) + path.extname(uri));

  const evictIfNeeded = async (addedBytes: number): Promise<void> => {
    bytesSinceEviction += addedBytes;
    // Listing the directory is dear: once per sixteenth of the limit.
    if (bytesSinceEviction < limitBytes / 16 || evicting) return;
    bytesSinceEviction = 0;
    evicting = evict(objects, limitBytes, graceMs).finally(() => (evicting = undefined));
    await evicting;
  };

  const download = async (uri: string, target: string): Promise<string> => {
    await store.getToFile(uri, target); // partial file and rename
    await evictIfNeeded((await stat(target)).size);
    return target;
  };

  const fetch = async (uri: string): Promise<string> => {
    await ready();
    const target = place(uri);
    if (await touch(target)) return target;
    const sharedWork = underway.get(target);
    if (sharedWork) return sharedWork;
    const work = download(uri, target).finally(() => underway.delete(target));
    underway.set(target, work);
    return work;
  };

  return {
    fetch,

    async adopt(uri, localPath) {
      await ready();
      const target = place(uri);
      if (await touch(target)) {
        await rm(localPath, { force: true });
        return;
      }
      await moveInto(localPath, target);
      await touch(target);
      await evictIfNeeded((await stat(target)).size);
    },

    async lease(uris) {
      await ready();
      const own = path.join(leases, `${process.pid}-${randomBytes(6).toString('hex')}`);
      await mkdir(own, { recursive: true });
      const release = (): Promise<void> => rm(own, { recursive: true, force: true });
      try {
        const paths = await inParallel(uris, DOWNLOADS_AT_ONCE, (uri, index) =>
          linkInto(fetch, uri, path.join(own, `${index}${path.extname(uri)}`)),
        );
        return { paths, release };
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

/** A hard link keeps the bytes when the cache's own name is evicted; it may be evicted just before the link is made, so try again. */
async function linkInto(fetch: (uri: string) => Promise<string>, uri: string, target: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await link(await fetch(uri), target);
      return target;
    } catch (error) {
      if (attempt >= 3 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function prepare(objects: string, leases: string): Promise<void> {
  await mkdir(objects, { recursive: true });
  await mkdir(leases, { recursive: true });
  for (const name of await readdir(leases)) {
    if (!isRunning(Number(name.split('-')[0]))) await rm(path.join(leases, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Marks a file as just used. False when it is not there. */
async function touch(file: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(file, now, now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function moveInto(localPath: string, target: string): Promise<void> {
  try {
    await rename(localPath, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const partial = `${target}.part-${randomBytes(6).toString('hex')}`;
    await copyFile(localPath, partial);
    await rename(partial, target);
    await rm(localPath, { force: true });
  }
}

/** Removes the files used longest ago until the rest fits. Several processes may do this at once: a file that is gone already is fine. */
async function evict(objects: string, limitBytes: number, graceMs: number): Promise<void> {
  const files: { readonly file: string; readonly sizeBytes: number; readonly usedMs: number }[] = [];
  for (const name of await readdir(objects)) {
    const file = path.join(objects, name);
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found) files.push({ file, sizeBytes: found.size, usedMs: found.mtimeMs });
  }
  files.sort((a, b) => a.usedMs - b.usedMs);
  let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const spared = Date.now() - graceMs;
  for (const { file, sizeBytes, usedMs } of files) {
    if (total <= limitBytes || usedMs > spared) return;
    await rm(file, { force: true });
    total -= sizeBytes;
  }
}
