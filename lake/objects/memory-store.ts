import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { objectNotFound, REFRESH_AFTER_MS } from './object-store';
import type { ListedObject, ObjectStore, PutOptions, PutOutcome } from './object-store';

/** An ObjectStore in memory, for tests; passes the same contract test as the S3 store. `now` gives the times of its objects. */
export function memoryStore(now: () => number = Date.now): ObjectStore {
  const objects = new Map<string, { readonly body: Buffer; readonly modifiedMs: number }>();
  const put = (uri: string, body: Buffer, options: PutOptions = {}): PutOutcome => {
    const standing = options.ifAbsent ? objects.get(uri) : undefined;
    if (standing && now() - standing.modifiedMs <= REFRESH_AFTER_MS) return 'exists';
    objects.set(uri, { body: Buffer.from(body), modifiedMs: now() });
    return standing ? 'exists' : 'written';
  };
  const get = (uri: string): Buffer => {
    const found = objects.get(uri);
    if (!found) throw objectNotFound(uri);
    return Buffer.from(found.body);
  };
  return {
    get: async (uri) => get(uri),
    put: async (uri, body, options) => put(uri, body, options),
    putFile: async (uri, path, options) => put(uri, await readFile(path), options),
    async getToFile(uri, path) {
      const partial = `${path}.part-${randomBytes(6).toString('hex')}`;
      await writeFile(partial, get(uri));
      await rename(partial, path);
    },
    head: async (uri) => {
      const found = objects.get(uri);
      return found && { sizeBytes: found.body.length, modifiedMs: found.modifiedMs };
    },
    async *list(prefixUri): AsyncGenerator<ListedObject> {
      for (const uri of [...objects.keys()].filter((key) => key.startsWith(prefixUri)).sort()) {
        const { body, modifiedMs } = objects.get(uri)!;
        yield { uri, sizeBytes: body.length, modifiedMs };
      }
    },
    async copy(fromUri, toUri) {
      put(toUri, get(fromUri));
    },
    async delete(uris) {
      for (const uri of uris) objects.delete(uri);
    },
    async ensureBucket() {},
    close() {},
  };
}
