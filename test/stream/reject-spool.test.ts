import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scanBatches } from '../../stream/record-batch';
import { decodeRecordSet } from '../../stream/record-set';
import type { RejectLine } from '../../stream/reject-spool';
import { offsetFilterSink, openRejectSpool } from '../../stream/reject-spool';
import { emptyTally } from './support/collect';
import { encodeBatch } from './support/encode-batch';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'reject-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const linesOf = (file: string): RejectLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RejectLine);

test('a second read picks the named offsets with key and exact bytes', async () => {
  const file = path.join(directory, 'r');
  const spool = await openRejectSpool(file);
  const value = Buffer.from([0x7b, 0xff, 0x7d]);
  const records = [0, 1, 2, 3].map((offset) => ({
    offset,
    timestampMs: 50 + offset,
    key: offset % 2 ? Buffer.from('k') : null,
    value: offset === 3 ? null : value,
  }));
  const bytes = await encodeBatch({ baseOffset: 0, lastOffset: 3, records, codec: 'lz4' });
  const origin = { topic: 't', partition: 4 };
  const sink = offsetFilterSink(
    new Map([
      [1, { reason: 'not a number', column: 'a' }],
      [3, { reason: 'gone' }],
    ]),
    { spool, partition: 4 },
  );
  await decodeRecordSet({
    batches: scanBatches(bytes, origin).batches,
    aborted: [],
    from: 0,
    to: 4,
    origin,
    sink,
    tally: emptyTally(),
  });
  await sink.drain!();
  expect(await spool.finish()).toMatchObject({ path: file, rejects: 2 });
  expect(linesOf(file)).toEqual([
    { p: 4, o: 1, t: 51, k: 'aw==', v: value.toString('base64'), r: 'not a number', c: 'a' },
    { p: 4, o: 3, t: 53, k: 'aw==', v: null, r: 'gone', c: null },
  ]);
});

test('holds records larger than its buffer, and many', async () => {
  const file = path.join(directory, 'r');
  const spool = await openRejectSpool(file);
  const sizes = Array.from({ length: 300 }, (_, i) => (i % 100 === 50 ? 1 << 20 : i * 13));
  for (const [offset, size] of sizes.entries()) {
    spool.add({
      partition: 0,
      offset,
      timestampMs: 0,
      key: null,
      value: Buffer.alloc(size, 65),
      reason: 'ungültig "✓"',
    });
    await spool.drain();
  }
  const { rejects, sizeBytes } = await spool.finish();
  const lines = linesOf(file);
  expect(rejects).toBe(300);
  expect(readFileSync(file).length).toBe(sizeBytes);
  expect(lines.map(({ v }) => Buffer.from(v!, 'base64').length)).toEqual(sizes);
  expect(lines[0]!.r).toBe('ungültig "✓"');
});
