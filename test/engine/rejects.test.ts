import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadRejects } from '../../engine/rejects';
import { openTestEngine, type TestEngine } from './support/session';

describe('loadRejects', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const spool = async (name: string, records: readonly object[]): Promise<string> => {
    const file = path.join(test.directory, name);
    await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return file;
  };
  const b64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');

  it('keeps text as text and other bytes as bytes, sorted, nulls and empty values apart', async () => {
    const one = await spool('one', [
      { p: 1, o: 5, t: 1000, k: b64('ключ'), v: b64('{"a":"\u0000\n'), r: 'malformed JSON', c: null },
      { p: 0, o: 9, t: 0, k: null, v: b64(Buffer.from([0x7b, 0xff, 0x7d])), r: 'no UTF-8', c: null },
    ]);
    const two = await spool('two', [{ p: 0, o: 2, t: -1, k: b64(''), v: null, r: 'tombstone', c: 'user_id' }]);
    expect(await loadRejects(test.session, { paths: [one, two], topic: "it's", into: 'rejected' })).toBe(3n);
    expect(await test.session.rows('FROM rejected')).toEqual([
      {
        _topic: "it's",
        _partition: 0,
        _offset: 2n,
        _timestamp: '1969-12-31T23:59:59.999Z',
        key: '',
        key_bytes: null,
        payload: null,
        payload_bytes: null,
        column_name: 'user_id',
        reason: 'tombstone',
      },
      {
        _topic: "it's",
        _partition: 0,
        _offset: 9n,
        _timestamp: '1970-01-01T00:00:00Z',
        key: null,
        key_bytes: null,
        payload: '{\ufffd}',
        payload_bytes: Buffer.from([0x7b, 0xff, 0x7d]),
        column_name: null,
        reason: 'no UTF-8',
      },
      {
        _topic: "it's",
        _partition: 1,
        _offset: 5n,
        _timestamp: '1970-01-01T00:00:01Z',
        key: 'ключ',
        key_bytes: null,
        payload: '{"a":"\u0000\n',
        payload_bytes: null,
        column_name: null,
        reason: 'malformed JSON',
      },
    ]);
  });

  it('takes values of megabytes', async () => {
    const file = await spool('big', [{ p: 0, o: 0, t: 0, k: null, v: b64('x'.repeat(3 << 20)), r: 'r', c: null }]);
    await loadRejects(test.session, { paths: [file], topic: 't', into: 'rejected' });
    expect(await test.session.rows('SELECT length(payload) AS n FROM rejected')).toEqual([{ n: BigInt(3 << 20) }]);
  });
});
