import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeLines, type DecodeResult } from '../../engine/decode';
import type { Row } from '../../engine/values';
import type { Column } from '../../pipeline/model';
import { column, decimal, list, map, plain, struct, userEvents } from './support/columns';
import { openTestEngine, type TestEngine } from './support/session';

const T = Date.parse('2026-01-31T12:00:00Z');
const rules = { eventTime: 'event_time', maxFutureMs: 600_000 };
const time = column('event_time', 'timestamptz', { required: true });
const good = '"event_time":"2026-01-31T12:00:00.000Z"';

describe('decodeLines', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  let files = 0;
  const spool = async (lines: readonly (string | Buffer)[]): Promise<string> => {
    const file = path.join(test.directory, `spool-${(files += 1)}.ndjson`);
    const text = lines.map((item) => (typeof item === 'string' ? item : item.toString('latin1')));
    const encoding = lines.every((item) => typeof item === 'string') ? 'utf8' : 'latin1';
    await writeFile(file, text.map((item) => `${item}\n`).join(''), encoding);
    return file;
  };
  const line = (offset: number, tail: string, partition = 0): string =>
    `{"$p":${partition},"$o":${offset},"$t":${T}${tail === '' ? '' : ','}${tail}}`;

  const run = async (columns: readonly Column[], lines: readonly (string | Buffer)[]): Promise<DecodeResult> =>
    decodeLines(test.session, {
      lines: [{ partition: 0, path: await spool(lines), lines: lines.length }],
      columns,
      ...rules,
      into: 'decoded',
    });

  const decode = async (
    columns: readonly Column[],
    lines: readonly (string | Buffer)[],
  ): Promise<DecodeResult & { table: readonly Row[] }> => {
    const result = await run(columns, lines);
    return { ...result, table: await test.session.rows('SELECT * FROM decoded') };
  };

  /** One value in one column: what it became, or why it is bad. */
  const one = async (type: Column['type'], value: string): Promise<unknown> => {
    const { table, bad } = await decode([time, { ...column('v', type) }], [line(0, `${good},"v":${value}`)]);
    return bad.length > 0 ? `${bad[0]!.column}: ${bad[0]!.reason}` : table[0]!['v'];
  };

  it("takes Kafka's timestamp as event time", async () => {
    const { perPartition, bad } = await decodeLines(test.session, {
      lines: [{ partition: 0, path: await spool([line(0, '"v":1'), line(1, '"v":2')]), lines: 2 }],
      columns: [column('v', 'int')],
      eventTime: '_timestamp',
      maxFutureMs: 0,
      into: 'decoded',
    });
    expect(bad).toEqual([]);
    expect(perPartition).toMatchObject([{ rows: 2n, minEventTimeMs: T, maxEventTimeMs: T }]);
  });

  it('adds the system columns and keeps the columns in order', async () => {
    const { table, bad, rows, perPartition } = await decode(userEvents, [
      line(7, `"user_id":1,${good},"event_type":"a","properties":{"k":"v","n":1}`),
    ]);
    expect({ table, bad, rows }).toEqual({
      table: [
        {
          _partition: 0,
          _offset: 7n,
          _timestamp: '2026-01-31T12:00:00Z',
          user_id: 1n,
          event_time: '2026-01-31T12:00:00Z',
          event_type: 'a',
          properties: [
            ['k', 'v'],
            ['n', '1'],
          ],
        },
      ],
      bad: [],
      rows: 1n,
    });
    expect(perPartition).toEqual([
      {
        partition: 0,
        rows: 1n,
        minEventTimeMs: T,
        maxEventTimeMs: T,
        contentHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ]);
  });

  it.each([
    ['bigint', '"7"', 7n],
    ['bigint', '7.0', 7n],
    ['bigint', '1e3', 1000n],
    ['bigint', '9007199254740993', 9007199254740993n],
    ['bigint', '-9223372036854775808', -9223372036854775808n],
    ['bigint', '1.5', 'v: expected bigint without a fraction, found 1.5'],
    ['bigint', 'true', 'v: expected bigint, found true'],
    ['bigint', '" 7"', 'v: expected bigint, found " 7"'],
    ['bigint', '""', 'v: expected bigint, found ""'],
    [
      'bigint',
      '9223372036854775808',
      'v: expected bigint from -9223372036854775808 to 9223372036854775807, found 9223372036854775808',
    ],
    ['int', '2147483648', 'v: expected int from -2147483648 to 2147483647, found 2147483648'],
    ['boolean', '"true"', true],
    ['boolean', '1', 'v: expected boolean, found 1'],
    ['double', '1', 1],
    ['double', '"1.5"', 1.5],
    ['double', '1e400', 'v: expected double within the range of a double, found 1e400'],
    ['double', 'NaN', NaN],
    ['double', 'false', 'v: expected double, found false'],
    ['float', '16777217', 16777216],
    ['float', '1e39', 'v: expected float within the range of a float, found 1e39'],
    ['date', '"2024-02-29"', '2024-02-29'],
    ['date', '"2026-02-29"', 'v: expected date as text like 2026-01-31, found "2026-02-29"'],
    ['date', '20500', 'v: expected date as text like 2026-01-31, found 20500'],
    ['timestamptz', '"2026-01-31T12:00:00+02:00"', '2026-01-31T10:00:00Z'],
    ['timestamptz', '"2026-01-31 12:00:00"', '2026-01-31T12:00:00Z'],
    ['timestamptz', '"2026-01-31T12:00:00.1234560Z"', '2026-01-31T12:00:00.123456Z'],
    [
      'timestamptz',
      '"2026-01-31T12:00:00.1234567Z"',
      'v: expected timestamptz as text like 2026-01-31T12:00:00.123456Z, found "2026-01-31T12:00:00.1234567Z"',
    ],
    [
      'timestamptz',
      '1769860800000',
      'v: expected timestamptz as text like 2026-01-31T12:00:00.123456Z, found 1769860800000',
    ],
    [
      'timestamptz',
      '"2026-01-31T24:00:00.000Z"',
      'v: expected timestamptz as text like 2026-01-31T12:00:00.123456Z, found "2026-01-31T24:00:00.000Z"',
    ],
    ['timestamp', '"2026-01-31T12:00:00+02:00"', '2026-01-31T10:00:00'],
    ['uuid', '"F79C3E09-677C-4BBD-A479-3F349CB785E7"', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
    ['uuid', '"f79c3e09"', 'v: expected uuid, found "f79c3e09"'],
    ['binary', '"AP8="', Buffer.from([0, 255])],
    ['binary', '"1234"', Buffer.from('1234', 'base64')],
    ['binary', '1234', 'v: expected binary as base64 text, found 1234'],
    ['binary', 'true', 'v: expected binary as base64 text, found true'],
    ['binary', '"AP8"', 'v: expected binary as base64 text, found "AP8"'],
    ['string', '7', '7'],
    ['string', 'true', 'true'],
    ['string', '1.10', '1.1'],
    ['string', '{"a": [1, 2]}', '{"a":[1,2]}'],
    ['string', '0.12345678901234567890', '0.12345678901234567890'],
    ['string', '"\\u0000\\ud83d\\ude00"', '\u0000😀'],
  ] as const)('%s %s', async (kind, value, expected) => {
    expect(await one(plain(kind), value)).toEqual(expected);
  });

  it('keeps decimals exact and refuses what would be rounded', async () => {
    expect(await one(decimal(18, 2), '12.34')).toBe('12.34');
    expect(await one(decimal(18, 2), '12.3400')).toBe('12.34');
    expect(await one(decimal(18, 2), '12.345')).toBe(
      'v: expected decimal(18,2) with at most 2 digits after the point, found 12.345',
    );
    expect(await one(decimal(38, 18), '12345678901234567890.123456789012345678')).toBe(
      '12345678901234567890.123456789012345678',
    );
    expect(await one(decimal(4, 2), '100')).toBe(
      'v: expected decimal(4,2) with at most 2 digits before the point, found 100',
    );
    expect(await one(decimal(18, 2), '1e-400')).toBe(
      'v: expected decimal(18,2) with at most 2 digits after the point, found 1e-400',
    );
  });

  it('types what lists, maps and structs hold, and says where a wrong value is', async () => {
    expect(await one(list(plain('bigint')), '[1,"2",null]')).toEqual([1n, 2n, null]);
    expect(await one(list(plain('bigint')), '[1,1.5]')).toBe(
      'v: in [1]: expected bigint without a fraction, found 1.5',
    );
    expect(await one(list(plain('bigint')), '{"a":1}')).toBe('v: expected list<bigint>, found {"a":1}');
    expect(await one(map(plain('string'), plain('string')), '{"a":1,"b":true,"c":null,"a":2}')).toEqual([
      ['a', '1'],
      ['b', 'true'],
      ['c', null],
    ]);
    expect(await one(map(plain('string'), plain('string')), '[1]')).toBe('v: expected map<string,string>, found [1]');
    expect(await one(struct({ a: plain('int'), b: plain('string') }), '{"a":1,"z":2}')).toEqual({ a: 1, b: null });
    expect(await one(struct({ a: plain('int') }), '5')).toBe('v: expected struct<a: int>, found 5');
    expect(await one(struct({ a: list(plain('date')) }), '{"a":["x"]}')).toMatch(/^v: in a: \[0\]: expected date/);
  });

  it('takes the first of a key that occurs twice, ours before all', async () => {
    const { table, bad } = await decode(
      [time, column('v', 'bigint'), column('_off', 'bigint', { path: ['_offset'] })],
      [`{"$p":0,"$o":3,"$t":${T},"$o":99,${good},"v":1,"v":"x","_offset":5,"_partition":6}`],
    );
    expect(bad).toEqual([]);
    expect(table).toMatchObject([{ _partition: 0, _offset: 3n, v: 1n, _off: 5n }]);
  });

  it('says what a required column lacks and lets an optional one be NULL', async () => {
    const { table, bad } = await decode(userEvents, [
      line(0, good),
      line(1, `"user_id":null,${good}`),
      line(2, `"user_id":1,${good},"event_type":null`),
      line(3, ''),
    ]);
    expect(bad).toEqual([
      { partition: 0, offset: 0, column: 'user_id', reason: 'missing, but the column is not null' },
      { partition: 0, offset: 1, column: 'user_id', reason: 'null, but the column is not null' },
      { partition: 0, offset: 3, column: 'user_id', reason: 'missing, but the column is not null' },
    ]);
    expect(table).toMatchObject([{ _offset: 2n, event_type: null, properties: null }]);
  });

  it('rejects event times too far ahead of the record, not those behind it', async () => {
    const at = (iso: string) => `"event_time":"${iso}"`;
    const { table, bad } = await decode(
      [time],
      [
        line(0, at('2026-01-31T12:10:00Z')),
        line(1, at('2026-01-31T12:10:00.000001Z')),
        line(2, at('1969-12-31T23:59:59.999999Z')),
      ],
    );
    expect(table.map(({ _offset }) => _offset)).toEqual([0n, 2n]);
    expect(bad).toEqual([
      {
        partition: 0,
        offset: 1,
        column: 'event_time',
        reason:
          "2026-01-31T12:10:00.000001Z is more than 600000 ms ahead of the record's timestamp 2026-01-31T12:00:00.000Z",
      },
    ]);
    const [before1970] = (await decode([time], [line(2, at('1969-12-31T23:59:59.999999Z'))])).perPartition;
    expect(before1970).toMatchObject({ minEventTimeMs: -1, maxEventTimeMs: -1 });
  });

  it('a malformed line does not damage its neighbours', async () => {
    const cut = [
      `{"$p":0,"$o":1,"$t":${T},${good},"v":`,
      `{"$p":0,"$o":3,"$t":${T},"v":"abc`,
      `{"$p":0,"$o":5,"$t":${T},"v":{"a":1}`,
      `{"$p":0,"$o":7,"$t":${T},${good}}}`,
      `{"$p":0,"$o":9,"$t":${T},${good},"v":"\\ud800"}`,
      `{"$p":0,"$o":11,"$t":${T},${good},"v":"a\tb"}`,
    ];
    const lines = cut.flatMap((bad, index) => [line(2 * index, `${good},"v":${index}`), bad]);
    const { table, bad } = await decode([time, column('v', 'bigint')], [...lines, line(12, good)]);
    expect(table.map(({ _offset }) => Number(_offset))).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(bad.map(({ offset, reason, column: name }) => [offset, name, reason.slice(0, 14)])).toEqual(
      [1, 3, 5, 7, 9, 11].map((offset) => [offset, undefined, 'malformed JSON']),
    );
  });

  it('rejects invalid UTF-8 and keeps the lines around it', async () => {
    const spoilt = Buffer.concat([
      Buffer.from(`{"$p":0,"$o":1,"$t":${T},${good},"x":"`),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    const { table, bad } = await decode([time], [line(0, good), spoilt, line(2, good)]);
    expect(table).toHaveLength(2);
    expect(bad).toEqual([{ partition: 0, offset: 1, reason: 'malformed JSON: the bytes are no UTF-8' }]);
  });

  it('takes values of megabytes and any depth of nesting', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const { table, bad } = await decode(
      [time, column('v', 'string')],
      [
        line(0, `${good},"v":"${'x'.repeat(1 << 20)}"`),
        line(1, `${good},"v":${deep}`),
        line(2, `${good},"x":${deep},"v":1`),
        line(3, `${good},"v":${deep.slice(1)}`),
        line(4, `${good},"v":"y"`),
      ],
    );
    expect(table.map(({ _offset, v }) => [Number(_offset), String(v).length])).toEqual([
      [0, 1 << 20],
      [1, 200_000],
      [2, 1],
      [4, 1],
    ]);
    expect(bad.map(({ offset }) => offset)).toEqual([3]);
  });

  it('reads a line longer than the usual buffer', async () => {
    const { table } = await decode(
      [time, column('v', 'string')],
      [line(0, `${good},"v":"${'x'.repeat(20 << 20)}"`), line(1, `${good},"v":"y"`)],
    );
    expect(table.map(({ v }) => String(v).length)).toEqual([20 << 20, 1]);
  });

  it('finds its lines again in large files read by several threads', async () => {
    const count = 200_000;
    const isBad = (i: number) => i % 97 === 0 || (i > 150_000 && i < 150_040);
    const tails = (i: number) => (i % 3 === 0 ? `{"$p":0,"$o":${i},"$t":${T},"cut":` : line(i, `${good},"v":${i}.5`));
    const lines = Array.from({ length: count }, (_, i) =>
      isBad(i) ? tails(i) : line(i, `${good},"v":${i},"pad":"${'p'.repeat(100 + (i % 100))}"`),
    );
    const { rows, bad } = await run([time, column('v', 'bigint')], lines);
    const expected = lines.flatMap((_, i) => (isBad(i) ? [i] : []));
    expect(bad.map(({ offset }) => offset)).toEqual(expected);
    expect(rows).toBe(BigInt(count - expected.length));
    expect(await test.session.rows('SELECT count(*) AS n FROM decoded WHERE _offset <> v')).toEqual([{ n: 0n }]);
  });

  it('sorts by partition and offset whatever the order of the spools, and counts by partition', async () => {
    const spools = await Promise.all(
      [
        [2, 10],
        [0, 5],
        [2, 4],
      ].map(async ([partition, first]) => ({
        partition: partition!,
        path: await spool([line(first!, good, partition), line(first! + 1, good, partition)]),
        lines: 2,
      })),
    );
    const empty = { partition: 5, path: await spool([]), lines: 0 };
    const result = await decodeLines(test.session, {
      lines: [...spools, empty],
      columns: [time],
      ...rules,
      into: 'decoded',
      directory: test.directory,
    });
    expect(
      (await test.session.rows('SELECT * FROM decoded')).map(({ _partition, _offset }) => [
        _partition,
        Number(_offset),
      ]),
    ).toEqual([
      [0, 5],
      [0, 6],
      [2, 4],
      [2, 5],
      [2, 10],
      [2, 11],
    ]);
    expect(result.perPartition.map(({ partition, rows }) => [partition, rows])).toEqual([
      [0, 2n],
      [2, 4n],
    ]);
  });

  it('no lines give an empty table', async () => {
    const result = await decodeLines(test.session, {
      lines: [],
      columns: userEvents,
      ...rules,
      into: 'decoded',
      directory: test.directory,
    });
    expect(result).toEqual({ rows: 0n, bad: [], perPartition: [] });
    expect(await test.session.rows('SELECT count(*) AS n FROM decoded')).toEqual([{ n: 0n }]);
  });

  it('the content hash does not depend on order, only on rows', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => line(i, `"user_id":${i},${good},"properties":{"a":"${i}"}`));
    const hash = async (some: readonly string[]) => (await run(userEvents, some)).perPartition[0]!.contentHash;
    const whole = await hash(lines);
    expect(await hash([...lines].reverse())).toBe(whole);
    expect(await hash(lines.slice(1))).not.toBe(whole);
    const [first, second] = [await hash(lines.slice(0, 2000)), await hash(lines.slice(2000))];
    expect(BigInt.asUintN(64, BigInt(`0x${first}`) + BigInt(`0x${second}`))).toBe(BigInt(`0x${whole}`));
  });

  it('an offset spooled twice, or fewer lines than said, is an error and never a row too many', async () => {
    await expect(decode([time], [line(1, good), line(1, good)])).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('twice'),
    });
    const file = await spool([line(1, good)]);
    await expect(
      decodeLines(test.session, {
        lines: [{ partition: 0, path: file, lines: 2 }],
        columns: [time],
        ...rules,
        into: 'decoded',
        directory: test.directory,
      }),
    ).rejects.toMatchObject({ code: 'INTERNAL', message: 'decode: 2 lines were spooled, DuckDB read 1' });
  });

  it('refuses columns that cannot be told apart', async () => {
    await expect(decode([time, column('o', 'bigint', { path: ['$o'] })], [])).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
    });
    await expect(
      decode([time, column('a', 'bigint', { path: ['id'] }), column('b', 'bigint', { path: ['ID'] })], []),
    ).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });

  it('stops when its signal says so', async () => {
    const file = await spool(Array.from({ length: 50_000 }, (_, i) => line(i, good)));
    const controller = new AbortController();
    const running = decodeLines(test.session, {
      lines: [{ partition: 0, path: file, lines: 50_000 }],
      columns: [time],
      ...rules,
      into: 'decoded',
      directory: test.directory,
      signal: controller.signal,
    });
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });
});
