import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '../../engine/engine';
import { loadRejects } from '../../engine/rejects';

const line = (offset: number, key: Buffer | null, value: Buffer | null): string =>
  `${JSON.stringify({ p: 1, o: offset, t: 5, k: key?.toString('base64') ?? null, v: value?.toString('base64') ?? null, r: 'why', c: null })}\n`;

describe('loadRejects', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'rejects-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps the exact bytes of what is not UTF-8, also of long values (decode with REPLACE changes its argument in place)', async () => {
    const engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
    const session = await engine.session();
    const long = Buffer.concat([Buffer.from('a long value, not inlined '), Buffer.from([0xff, 0xfe])]);
    const spool = path.join(directory, 'spool.ndjson');
    writeFileSync(
      spool,
      line(2, null, long) + line(1, Buffer.from('k'), Buffer.from('größe')) + line(3, Buffer.from([0x80]), null),
    );
    expect(await loadRejects(session, { paths: [spool], topic: 't', into: 'rejected' })).toBe(3n);
    expect(
      await session.rows('select _offset, "key", key_bytes, payload, payload_bytes from rejected order by 1'),
    ).toEqual([
      { _offset: 1n, key: 'k', key_bytes: null, payload: 'größe', payload_bytes: null },
      { _offset: 2n, key: null, key_bytes: null, payload: 'a long value, not inlined ??', payload_bytes: long },
      { _offset: 3n, key: '?', key_bytes: Buffer.from([0x80]), payload: null, payload_bytes: null },
    ]);
    session.close();
    await engine.close();
  });
});
