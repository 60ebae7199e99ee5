import { readFile, writeFile } from 'node:fs/promises';
import { checkCopy } from '../../../engine/parquet-copy/check-copy';
import { copyParquet, type CopySource } from '../../../engine/parquet-copy/copy-parquet';
import { readFooter } from '../../../engine/parquet-copy/read-footer';
import { openTestEngine, type TestEngine } from '../support/session';
import { everyTypeSql, inside, rewriteWasm, writeDuckdb } from './support/sample-files';

let test_: TestEngine;
let sources: readonly CopySource[];
beforeAll(async () => {
  test_ = await openTestEngine();
  const made: CopySource[] = [];
  for (const from of [0, 700]) {
    const form = { codec: 'zstd', rowGroupRows: 2048, dictionary: true, bloomFilters: false, version: 'V1' } as const;
    const rows = await writeDuckdb(test_, {
      file: inside(test_, `d-${from}`),
      sql: everyTypeSql(from, from + 700),
      form,
    });
    const path = await rewriteWasm(rows, inside(test_, `w-${from}`), {
      codec: 'ZSTD',
      rowGroupRows: 300,
      dictionary: true,
      statistics: 'Page',
    });
    made.push({ path, footer: await readFooter(path) });
  }
  sources = made;
});
afterAll(() => test_.close());

test('every byte of a copy counts: one changed anywhere in its row groups or its footer is found', async () => {
  const target = inside(test_, 'copy.parquet');
  const { sizeBytes } = await copyParquet({ sources, target });
  await checkCopy({ sources, target });
  const sound = await readFile(target);
  const bodies = sources.reduce((sum, { footer }) => sum + footer.bodyEnd - 4, 4);
  const changedAt = async (at: number): Promise<void> => {
    const changed = Buffer.from(sound);
    changed[at]! ^= 0x01;
    await writeFile(target, changed);
    await checkCopy({ sources, target });
  };
  for (let at = 4; at < bodies; at += Math.floor(bodies / 60))
    await expect(changedAt(at)).rejects.toMatchObject({
      code: 'AUDIT_FAILED',
      cure: expect.stringContaining('Nothing was published'),
    });
  const footerStart = sizeBytes - 8 - sound.readUInt32LE(sizeBytes - 8);
  let found = 0;
  const tries = 150;
  for (let index = 0; index < tries; index += 1) {
    const at = footerStart + Math.floor(((sizeBytes - 8 - footerStart) * index) / tries);
    await changedAt(at).catch(({ code }: { code: string }) => {
      expect(['AUDIT_FAILED', 'CORRUPT_FILE']).toContain(code);
      found += 1;
    });
  }
  expect(found).toBe(tries);
});

test('a copy that lacks a source, has one too many or has them in another order is found', async () => {
  const target = inside(test_, 'wrong.parquet');
  const [one, two] = sources as [CopySource, CopySource];
  for (const wrong of [[one], [two, one], [one, two, one]]) {
    await copyParquet({ sources: wrong, target });
    await expect(checkCopy({ sources, target })).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
  }
});
