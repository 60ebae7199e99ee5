import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ObjectStore } from '../../../lake/objects/object-store';

/** What every ObjectStore promises. `prefix` is a URI ending in a slash under which the store may be written to freely. */
export function objectStoreContract(
  name: string,
  open: () => { readonly store: ObjectStore; readonly prefix: string },
): void {
  describe(`${name} keeps the contract of an object store`, () => {
    const { store, prefix } = open();
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(path.join(os.tmpdir(), 'store-contract-'));
      await store.ensureBucket?.();
    });
    afterAll(async () => {
      const left: string[] = [];
      for await (const object of store.list(prefix)) left.push(object.uri);
      await store.delete(left);
      store.close();
      await rm(directory, { recursive: true });
    });

    test('gives back the bytes it was given, empty ones too', async () => {
      const body = Buffer.from([0, 1, 2, 255, 254]);
      expect(await store.put(`${prefix}a`, body)).toBe('written');
      expect(await store.get(`${prefix}a`)).toEqual(body);
      expect(await store.head(`${prefix}a`)).toMatchObject({ sizeBytes: 5 });
      expect(await store.put(`${prefix}empty`, Buffer.alloc(0))).toBe('written');
      expect(await store.get(`${prefix}empty`)).toEqual(Buffer.alloc(0));
    });

    test('takes keys with spaces, =, % and letters beyond ASCII', async () => {
      const uri = `${prefix}data/day=2024-01-01/a b%20c+d/Zürich-日本.parquet`;
      await store.put(uri, Buffer.from('x'));
      expect(await store.get(uri)).toEqual(Buffer.from('x'));
      const listed: string[] = [];
      for await (const object of store.list(`${prefix}data/`)) listed.push(object.uri);
      expect(listed).toEqual([uri]);
    });

    test('says when an object was written, the same in a listing as in its head', async () => {
      const before = Date.now();
      await store.put(`${prefix}times/a`, Buffer.from('x'));
      const { modifiedMs } = (await store.head(`${prefix}times/a`))!;
      expect(Math.abs(modifiedMs - before)).toBeLessThan(60_000);
      for await (const listed of store.list(`${prefix}times/`))
        expect(Math.floor(listed.modifiedMs / 1000)).toBe(Math.floor(modifiedMs / 1000));
    });

    test('copies within the store, keys with odd letters too', async () => {
      const [from, to] = [`${prefix}copy/a b%20c+d/日本.bin`, `${prefix}copy/there/日本 2.bin`];
      await store.put(from, Buffer.from('copied'));
      await store.copy(from, to);
      expect((await store.get(to)).toString()).toBe('copied');
      expect((await store.get(from)).toString()).toBe('copied');
      await expect(store.copy(`${prefix}copy/missing`, to)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    });

    test('answers OBJECT_NOT_FOUND for what is not there, undefined to head', async () => {
      await expect(store.get(`${prefix}missing`)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      await expect(store.getToFile(`${prefix}missing`, path.join(directory, 'missing'))).rejects.toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
      await expect(readFile(path.join(directory, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await store.head(`${prefix}missing`)).toBeUndefined();
    });

    test('ifAbsent never overwrites, and of several writers exactly one wins', async () => {
      expect(await store.put(`${prefix}once`, Buffer.from('first'), { ifAbsent: true })).toBe('written');
      expect(await store.put(`${prefix}once`, Buffer.from('second'), { ifAbsent: true })).toBe('exists');
      expect((await store.get(`${prefix}once`)).toString()).toBe('first');
      const race = await Promise.all(
        Array.from({ length: 8 }, (_, i) => store.put(`${prefix}race`, Buffer.from(String(i)), { ifAbsent: true })),
      );
      expect(race.filter((outcome) => outcome === 'written')).toHaveLength(1);
      expect((await store.get(`${prefix}race`)).toString()).toBe(String(race.indexOf('written')));
    });

    test('streams files up and down', async () => {
      const source = path.join(directory, 'source');
      const target = path.join(directory, 'target');
      const body = Buffer.alloc(300_000, 'sluice');
      await writeFile(source, body);
      expect(await store.putFile(`${prefix}file`, source, { ifAbsent: true })).toBe('written');
      expect(await store.putFile(`${prefix}file`, source, { ifAbsent: true })).toBe('exists');
      await store.getToFile(`${prefix}file`, target);
      expect((await readFile(target)).equals(body)).toBe(true);
    });

    test('takes files above the multipart threshold, conditionally too', async () => {
      const source = path.join(directory, 'large');
      await writeFile(source, 'head');
      await truncate(source, 70 * 1024 * 1024);
      expect(await store.putFile(`${prefix}large`, source, { ifAbsent: true })).toBe('written');
      expect(await store.head(`${prefix}large`)).toMatchObject({ sizeBytes: 70 * 1024 * 1024 });
      expect(await store.putFile(`${prefix}large`, source, { ifAbsent: true })).toBe('exists');
      await store.delete([`${prefix}large`]);
    });

    test('lists by prefix in order of keys, with sizes and times', async () => {
      const before = Date.now() - 60_000;
      await Promise.all(['l/b', 'l/a', 'l/a/c', 'm'].map((key) => store.put(`${prefix}${key}`, Buffer.from(key))));
      const listed: { uri: string; sizeBytes: number; modifiedMs: number }[] = [];
      for await (const object of store.list(`${prefix}l/`)) listed.push(object);
      expect(listed.map(({ uri, sizeBytes }) => [uri.slice(prefix.length), sizeBytes])).toEqual([
        ['l/a', 3],
        ['l/a/c', 5],
        ['l/b', 3],
      ]);
      expect(listed.every(({ modifiedMs }) => modifiedMs > before)).toBe(true);
    });

    test('deletes many, and what is not there without complaint', async () => {
      await Promise.all(['d/1', 'd/2', 'd/3'].map((key) => store.put(`${prefix}${key}`, Buffer.from(key))));
      await store.delete([`${prefix}d/1`, `${prefix}d/2`, `${prefix}d/none`]);
      const left: string[] = [];
      for await (const object of store.list(`${prefix}d/`)) left.push(object.uri);
      expect(left).toEqual([`${prefix}d/3`]);
      await store.delete([]);
    });
  });
}
