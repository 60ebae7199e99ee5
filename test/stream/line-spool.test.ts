import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import type { SpooledLines } from '../../stream/line-spool';
import { openLineSpool } from '../../stream/line-spool';
import type { RejectLine } from '../../stream/reject-spool';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'line-spool-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Given {
  readonly offset: number;
  readonly timestampMs?: number;
  readonly key?: string | null;
  readonly value: string | Buffer | null;
}

interface Spooled extends SpooledLines {
  readonly text: string[];
  readonly rejected: RejectLine[];
}

/** Lays the records into one buffer, with framing bytes between them that look like line breaks, and spools them. */
async function spool(given: readonly Given[]): Promise<Spooled> {
  const lines = await openLineSpool({
    path: path.join(directory, 'lines'),
    rejectsPath: path.join(directory, 'rejects'),
    partition: 2,
  });
  const parts: Buffer[] = [];
  let at = 0;
  const put = (bytes: Buffer): number => {
    parts.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  const placed = given.map(({ offset, timestampMs = 1000, key = null, value }) => {
    put(Buffer.from([10, 13, 34, 123]));
    const keyStart = key === null ? -1 : put(Buffer.from(key));
    const keyEnd = key === null ? -1 : at;
    const valueStart = value === null ? -1 : put(Buffer.from(value));
    const valueEnd = value === null ? -1 : at;
    return [offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd] as const;
  });
  const bytes = Buffer.concat(parts);
  for (const [offset, timestampMs, ...positions] of placed) lines.record(offset, timestampMs, bytes, ...positions);
  await lines.drain();
  const finished = await lines.finish();
  const read = (file: string) => readFileSync(path.join(directory, file), 'utf8').split('\n').slice(0, -1);
  return { ...finished, text: read('lines'), rejected: read('rejects').map((line) => JSON.parse(line) as RejectLine) };
}

const of = (value: string | Buffer | null): Promise<Spooled> =>
  spool([{ offset: 7, timestampMs: 1234, key: 'k', value }]);
const line = (rest: string): string => `{"$p":2,"$o":7,"$t":1234${rest}`;

test('writes our three columns before the payload’s own', async () => {
  const { text, lines, rejects, maxTimestampMs } = await of('{"a":1,"b":"x"}');
  expect(text).toEqual([line(',"a":1,"b":"x"}')]);
  expect({ lines, rejects, maxTimestampMs }).toEqual({ lines: 1, rejects: 0, maxTimestampMs: 1234 });
});

test.each(['{}', '{ }', ' {\n} ', '\ufeff{}'])('an empty object %j keeps the three columns', async (value) => {
  expect((await of(value)).text).toEqual([line('}')]);
});

test('pretty-printed JSON becomes one line of the same JSON', async () => {
  const value = { a: [1, { b: 'x \\" y' }], c: 'back\\slash"' };
  const { text } = await of(JSON.stringify(value, null, 2).replaceAll('\n', '\r\n'));
  expect(text).toHaveLength(1);
  expect(JSON.parse(text[0]!)).toEqual({ $p: 2, $o: 7, $t: 1234, ...value });
});

test('a carriage return alone is a line break too, in good JSON and in bad', async () => {
  expect((await of('{"a":1,\r"b":2}')).text).toEqual([line(',"a":1, "b":2}')]);
  expect((await of('{"a":"x\ry"}')).rejected).toMatchObject([{ r: 'line break inside a JSON string' }]);
});

test('a line break inside a JSON string is no JSON and is rejected, with its bytes', async () => {
  const value = '{"a":"x\ny"}';
  const { lines, rejected } = await of(value);
  expect(lines).toBe(0);
  expect(rejected).toEqual([
    { p: 2, o: 7, t: 1234, k: base64('k'), v: base64(value), r: 'line break inside a JSON string', c: null },
  ]);
});

test('a byte order mark and white space around the object are skipped', async () => {
  expect((await of('\ufeff {"a":1}\n')).text).toEqual([line(',"a":1}')]);
});

test.each<[string, string | Buffer | null, string]>([
  ['a tombstone', null, 'no value (tombstone)'],
  ['an empty value', '', 'empty value'],
  ['white space only', ' \r\n\t', 'empty value'],
  ['a byte order mark only', '\ufeff', 'empty value'],
  ['an array', '[{"a":1}]', 'expected a JSON object, found an array'],
  ['a string', '"{}"', 'expected a JSON object, found a string'],
  ['a number', '-1', 'expected a JSON object, found a number'],
  ['another number', '42', 'expected a JSON object, found a number'],
  ['true', 'true', 'expected a JSON object, found a boolean'],
  ['null', 'null', 'expected a JSON object, found null'],
  ['plain text', 'hello', 'expected a JSON object, found text that starts with h'],
  ['binary', Buffer.from([0, 0, 0, 0, 5]), 'expected a JSON object, found a first byte of 0x00'],
  ['a cut object', '{"a":1', 'JSON text is cut off: it does not end with }'],
  ['a single brace', '{', 'JSON text is cut off: it does not end with }'],
  ['a stray brace', '"}', 'expected a JSON object, found a string'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 'invalid UTF-8'],
  ['a cut UTF-8 sequence before the end', Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x7d]), 'invalid UTF-8'],
])('%s goes to the rejects with reason and exact bytes', async (_name, value, reason) => {
  const { text, lines, rejects, rejected } = await of(value);
  expect({ text, lines, rejects }).toEqual({ text: [], lines: 0, rejects: 1 });
  expect(rejected).toEqual([
    { p: 2, o: 7, t: 1234, k: base64('k'), v: value === null ? null : base64(value), r: reason, c: null },
  ]);
});

test('invalid UTF-8 takes only its own lines out, wherever they stand', async () => {
  const bad = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  const given = Array.from({ length: 20_000 }, (_, i) => ({
    offset: i,
    timestampMs: i,
    key: `k${i}`,
    value: i % 997 === 0 ? bad : `{"i":${i},"s":"ü€😀"}`,
  }));
  const { text, lines, rejected } = await spool(given);
  const good = given.filter(({ value }) => value !== bad);
  expect(lines).toBe(good.length);
  expect(text.map((one) => (JSON.parse(one) as { i: number }).i)).toEqual(good.map(({ offset }) => offset));
  expect(rejected.map(({ o, t, k, v }) => [o, t, k, v])).toEqual(
    given.filter(({ value }) => value === bad).map(({ offset }) => [offset, offset, base64(`k${offset}`), base64(bad)]),
  );
});

test('offsets count up over every number of digits, jump and repeat timestamps', async () => {
  const offsets = [0, 1, 8, 9, 10, 11, 98, 99, 100, 101, 5, 6, 999_999, 1_000_000, 2 ** 53 - 2, 2 ** 53 - 1];
  const { text } = await spool(
    offsets.map((offset, i) => ({ offset, timestampMs: [5, 5, 1_700_000_000_000, -1][i % 4]!, value: '{"a":1}' })),
  );
  expect(text.map((one) => JSON.parse(one) as unknown)).toEqual(
    offsets.map(($o, i) => ({ $p: 2, $o, $t: [5, 5, 1_700_000_000_000, -1][i % 4], a: 1 })),
  );
});

test('gaps between offsets of one timestamp', async () => {
  const offsets = [3, 4, 6, 9, 10, 12, 99, 101, 102];
  const { text } = await spool(offsets.map((offset) => ({ offset, value: '{"a":1}' })));
  expect(text.map((one) => (JSON.parse(one) as { $o: number }).$o)).toEqual(offsets);
});

test('a run of consecutive offsets is written digit by digit right', async () => {
  const given = Array.from({ length: 12_000 }, (_, i) => ({ offset: 990 + i, value: '{"a":1}' }));
  const { text } = await spool(given);
  expect(text.map((one) => (JSON.parse(one) as { $o: number }).$o)).toEqual(given.map(({ offset }) => offset));
});

test('values larger than the buffer, up to megabytes, among small ones', async () => {
  const sizes = [10, 1 << 20, 20, (1 << 19) - 60, (1 << 19) - 200, 1 << 21, 5];
  const given = sizes.map((size, i) => ({ offset: i, value: `{"i":${i},"s":"${'y'.repeat(size)}"}` }));
  const { text, sizeBytes } = await spool(given);
  expect(text.map((one) => (JSON.parse(one) as { s: string }).s.length)).toEqual(sizes);
  expect(sizeBytes).toBe(text.reduce((sum, one) => sum + one.length + 1, 0));
});

test('any JSON object comes out as it went in, whatever its spacing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.dictionary(
            fc.string().filter((key) => !key.startsWith('$') && key !== '__proto__'),
            fc.jsonValue(),
          ),
          fc.constantFrom(0, 1, '\t'),
        ),
        { maxLength: 30 },
      ),
      async (objects) => {
        const { text, rejects } = await spool(
          objects.map(([object, space], i) => ({ offset: i, value: JSON.stringify(object, null, space) })),
        );
        expect(rejects).toBe(0);
        expect(text.map((one) => JSON.parse(one) as unknown)).toEqual(
          objects.map(([object], i) => JSON.parse(JSON.stringify({ $p: 2, $o: i, $t: 1000, ...object })) as unknown),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('DuckDB never takes a payload’s field for one of our columns, however it is spelled', async () => {
  const claiming = ['{"$o":999,"a":1}', '{"\\u0024o":999,"a":2}', '{"a":3,"$p":"x","$t":null}'];
  const values = [...claiming, '{}', '{"$O":5,"a":4}'];
  await spool(values.map((value, i) => ({ offset: 100 + i, timestampMs: 9, value })));
  const connection = await (await DuckDBInstance.create()).connect();
  const file = path.join(directory, 'lines');
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  // As text, the first of two equal keys counts.
  const fields = `json->>'$."$p"', json->>'$."$o"', json->>'$."$t"', json->>'$.a'`;
  expect(await rows(`select ${fields} from read_ndjson_objects('${file}')`)).toEqual([
    ['2', '100', '9', '1'],
    ['2', '101', '9', '2'],
    ['2', '102', '9', '3'],
    ['2', '103', '9', null],
    ['2', '104', '9', '4'],
  ]);
  // Typed, a key that occurs twice is an error; one that differs in case is another key.
  const typed = `select "$p"::int, "$o"::int, "$t"::int, a::int from read_json('${file}', format='newline_delimited', columns={'$p': 'INTEGER', '$o': 'BIGINT', '$t': 'BIGINT', 'a': 'BIGINT'})`;
  await expect(rows(typed)).rejects.toThrow('duplicate key');
  await spool(values.slice(claiming.length).map((value, i) => ({ offset: 103 + i, timestampMs: 9, value })));
  expect(await rows(typed)).toEqual([
    [2, 103, 9, null],
    [2, 104, 9, 4],
  ]);
  connection.closeSync();
});

test('a record timestamp that no column can hold is rejected, without it', async () => {
  const { text, rejected, maxTimestampMs } = await spool([
    { offset: 0, timestampMs: 2 ** 63, value: '{"a":1}' },
    { offset: 1, timestampMs: 253_402_300_799_999, value: '{"a":1}' },
    { offset: 2, timestampMs: -9.1e15, value: '{"a":1}' },
  ]);
  expect(text).toEqual(['{"$p":2,"$o":1,"$t":253402300799999,"a":1}']);
  expect(rejected).toMatchObject([
    { o: 0, t: -1, r: 'record timestamp 9223372036854776000 is out of range' },
    { o: 2, t: -1, r: 'record timestamp -9100000000000000 is out of range' },
  ]);
  expect(maxTimestampMs).toBe(253_402_300_799_999);
});

test('an empty range leaves two empty files and no timestamp', async () => {
  expect(await spool([])).toEqual({
    partition: 2,
    path: path.join(directory, 'lines'),
    lines: 0,
    sizeBytes: 0,
    rejects: 0,
    text: [],
    rejected: [],
  });
});

test('a full disk or a bad path is an error, not a short file', async () => {
  await expect(
    openLineSpool({
      path: path.join(directory, 'none', 'lines'),
      rejectsPath: path.join(directory, 'r'),
      partition: 0,
    }),
  ).rejects.toMatchObject({ code: 'ENOENT' });
  const full = await openLineSpool({ path: '/dev/full', rejectsPath: path.join(directory, 'r'), partition: 0 });
  const bytes = Buffer.from('{"a":1}');
  full.record(0, 0, bytes, -1, -1, 0, bytes.length);
  await expect(full.finish()).rejects.toMatchObject({ code: 'ENOSPC' });
  const given = await openLineSpool({
    path: path.join(directory, 'a'),
    rejectsPath: path.join(directory, 'b'),
    partition: 0,
  });
  await given.abort();
});

function base64(value: string | Buffer): string {
  return Buffer.from(value).toString('base64');
}
