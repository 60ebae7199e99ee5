import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openFileCache } from '../../../lake/objects/file-cache';
import { memoryStore } from '../../../lake/objects/memory-store';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(path.join(os.tmpdir(), 'file-cache-'))));
afterEach(() => rm(directory, { recursive: true }));

/** A store that counts downloads and holds 1000-byte objects under s3://b/0, s3://b/1, … */
async function storeOf(count: number) {
  const store = memoryStore();
  for (let i = 0; i < count; i += 1) await store.put(`s3://b/${i}.parquet`, Buffer.alloc(1000, i));
  const downloads: string[] = [];
  return {
    downloads,
    getToFile: async (uri: string, target: string) => {
      downloads.push(uri);
      await store.getToFile(uri, target);
    },
  };
}

const uri = (i: number): string => `s3://b/${i}.parquet`;

describe('the file cache', () => {
  test('downloads an object once, for concurrent callers and for other processes', async () => {
    const store = await storeOf(1);
    const cache = openFileCache({ store, directory, limitBytes: 1e6 });
    const paths = await Promise.all([cache.fetch(uri(0)), cache.fetch(uri(0)), cache.fetch(uri(0))]);
    expect(new Set(paths).size).toBe(1);
    expect(await readFile(paths[0]!)).toEqual(Buffer.alloc(1000, 0));
    expect(await openFileCache({ store, directory, limitBytes: 1e6 }).fetch(uri(0))).toBe(paths[0]);
    expect(store.downloads).toHaveLength(1);
  });

  test('bug: a cache that is opened and not used touches no disk, also after its directory is gone', async () => {
    const gone = path.join(directory, 'gone');
    openFileCache({ store: await storeOf(0), directory: gone, limitBytes: 1e6 });
    await setTimeout(20);
    expect(existsSync(gone)).toBe(false);
  });

  test('tries again when its directory could not be made', async () => {
    const blocked = path.join(directory, 'blocked');
    await writeFile(blocked, 'a file in the way');
    const cache = openFileCache({ store: await storeOf(1), directory: blocked, limitBytes: 1e6 });
    await expect(cache.fetch(uri(0))).rejects.toThrow('ENOTDIR');
    await rm(blocked);
    expect((await readFile(await cache.fetch(uri(0)))).length).toBe(1000);
  });

  test('adopts a file that was just uploaded', async () => {
    const store = await storeOf(0);
    const cache = openFileCache({ store, directory, limitBytes: 1e6 });
    const local = path.join(directory, 'made.parquet');
    await writeFile(local, 'made');
    await cache.adopt('s3://b/made.parquet', local);
    expect(existsSync(local)).toBe(false);
    expect((await readFile(await cache.fetch('s3://b/made.parquet'))).toString()).toBe('made');
    await writeFile(local, 'made');
    await cache.adopt('s3://b/made.parquet', local); // again, after a retry
    expect(existsSync(local)).toBe(false);
    expect(store.downloads).toEqual([]);
  });

  test('evicts what was used longest ago, but nothing in its time of grace', async () => {
    const store = await storeOf(12);
    const cache = openFileCache({ store, directory, limitBytes: 4000, graceMs: 60_000 });
    const paths: string[] = [];
    for (let i = 0; i < 10; i += 1) paths.push(await cache.fetch(uri(i)));
    expect(paths.every((file) => existsSync(file))).toBe(true);
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const file of paths.slice(0, 8)) await utimes(file, longAgo, longAgo);
    await cache.fetch(uri(0)); // used again: young
    await cache.fetch(uri(10));
    expect(paths.map((file) => existsSync(file))).toEqual([true, ...Array<boolean>(7).fill(false), true, true]);
  });

  test('a lease keeps files readable whatever is evicted meanwhile, by another process too', async () => {
    const store = await storeOf(8);
    const cache = openFileCache({ store, directory, limitBytes: 1000, graceMs: 0 });
    const lease = await cache.lease([uri(0), uri(1)]);
    const other = openFileCache({ store, directory, limitBytes: 1000, graceMs: 0 });
    for (let i = 2; i < 8; i += 1) await other.fetch(uri(i));
    expect(await readdir(path.join(directory, 'objects'))).toHaveLength(1);
    for (const [index, file] of lease.paths.entries()) expect(await readFile(file)).toEqual(Buffer.alloc(1000, index));
    await lease.release();
    expect(await readdir(path.join(directory, 'leases'))).toEqual([]);
  });

  test('clears the leases of processes that are gone', async () => {
    await mkdir(path.join(directory, 'leases', '999999999-dead'), { recursive: true });
    await openFileCache({ store: await storeOf(1), directory, limitBytes: 1e6 }).fetch(uri(0));
    expect(await readdir(path.join(directory, 'leases'))).toEqual([]);
  });

  test('passes on what the store says, and tries again the next time', async () => {
    const store = memoryStore();
    const cache = openFileCache({ store, directory, limitBytes: 1e6 });
    await expect(cache.fetch(uri(0))).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await expect(cache.lease([uri(0)])).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await store.put(uri(0), Buffer.from('late'));
    expect((await readFile(await cache.fetch(uri(0)))).toString()).toBe('late');
  });
});
