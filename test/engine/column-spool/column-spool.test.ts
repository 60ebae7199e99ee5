import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openColumnSpool, type SpooledRecords } from '../../../engine/column-spool/column-spool';
import { decodeLines, type DecodeResult } from '../../../engine/decode';
import type { Column } from '../../../pipeline/model';
import { openLineSpool } from '../../../stream/line-spool';
import { column, list, map, plain } from '../support/columns';
import { openTestEngine, type TestEngine } from '../support/session';

const timestampMs = Date.parse('2026-01-31T12:00:00Z');
const maxFutureMs = 60_000;
const columns: readonly Column[] = [
  column('event_time', 'timestamptz', { required: true }),
  column('user', 'bigint'),
  column('text', 'string'),
  column('ok', 'boolean'),
  column('price', 'double'),
  column('properties', map(plain('string'), plain('string'))),
];
const base = { columns, eventTime: 'event_time', maxFutureMs };
const time = '"event_time":"2026-01-31T12:00:00.000Z"';

describe('openColumnSpool', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const paths = (name: string) => ({
    path: path.join(test.directory, `${name}.ndjson`),
    rejectsPath: path.join(test.directory, `${name}.rejects`),
    columnsPath: path.join(test.directory, `${name}.parquet`),
    partition: 1,
  });

  /** Values as one buffer holds the records of a batch: what stands behind a value is the next one. */
  async function spool(
    values: readonly string[],
    options: { readonly onlyKnown?: boolean; readonly lines?: boolean; readonly offsets?: readonly number[] } = {},
  ): Promise<SpooledRecords> {
    const { onlyKnown = false, lines = false, offsets } = options;
    const sink = lines
      ? await openLineSpool(paths('lines'))
      : await openColumnSpool({ ...paths('columns'), ...base, onlyKnown });
    const bytes = Buffer.from(values.join(''));
    let at = 0;
    for (const [index, value] of values.entries()) {
      const end = at + Buffer.byteLength(value);
      sink.record(offsets?.[index] ?? index, timestampMs, bytes, -1, -1, at, end);
      at = end;
    }
    await sink.drain();
    return sink.finish();
  }

  const decode = (spooled: SpooledRecords): Promise<DecodeResult> =>
    decodeLines(test.session, { lines: [spooled], ...base, into: 'decoded', directory: test.directory });

  /** How many of one message become rows at once: 1 or 0. */
  const taken = async (value: string, onlyKnown = false): Promise<number> =>
    (await spool([value], { onlyKnown })).columns?.rows ?? 0;

  it('gives the rows that lines give, over many row groups, few and many different texts, nulls and holes', async () => {
    const values = Array.from({ length: 130_000 }, (_, i) => {
      const properties =
        i % 7 === 0 ? 'null' : i % 5 === 0 ? '{}' : `{"page":"/p/${i % 50}","session":"${i}ä","none":null}`;
      const text = i < 70_000 ? `t${i % 300}` : `text number ${i}`;
      const fields = [
        `"event_time":"2026-01-31T11:${String(i % 60).padStart(2, '0')}:00.${String(i % 1000).padStart(3, '0')}Z"`,
        `"user":${i % 3 === 0 ? 'null' : i * 1000}`,
        i % 11 === 0 ? '"other":[1,{"a":"b"}]' : `"text":"${text}"`,
        `"ok":${i % 2 === 0}`,
        `"price":${i / 8 + 0.5}`,
        `"properties":${properties}`,
      ];
      // Every thousandth goes over lines: an escape.
      return `{${fields.join(',')}${i % 1000 === 1 ? ',"user_agent":"a\\"b"' : ''}}`;
    });
    const spooled = await spool(values);
    expect(spooled).toMatchObject({ lines: 130, columns: { partition: 1, rows: 129_870 }, rejects: 0 });
    const found = await decode(spooled);
    const [misplaced] = await test.session.rows(
      'SELECT count(*) AS n FROM (SELECT _offset - lag(_offset) OVER () AS step FROM decoded) WHERE step <> 1',
    );
    expect(misplaced).toEqual({ n: 0n });
    expect(found).toEqual(await decode(await spool(values, { lines: true })));
  }, 60_000);

  it('keeps nothing of a batch whose memory is used again, lines and refused bytes neither', async () => {
    const value = (i: number): Buffer =>
      i % 10 === 3
        ? Buffer.from(`{${time},"user":${i},"text":"a\\"${i}"}`) // an escape: a line
        : i % 50 === 7
          ? Buffer.concat([Buffer.from(`{${time},"text":"${i} `), Buffer.from([0xff]), Buffer.from('"}')]) // no UTF-8: refused
          : Buffer.from(`{${time},"user":${i},"text":"text ${i}","properties":{"k":"${i}"}}`);
    const run = async (name: string, reuse: boolean): Promise<readonly unknown[]> => {
      const sink = await openColumnSpool({ ...paths(name), ...base, onlyKnown: false });
      const memory = Buffer.alloc(1 << 16);
      for (let batch = 0; batch < 20; batch += 1) {
        const values = Array.from({ length: 100 }, (_, i) => value(batch * 100 + i));
        const joined = Buffer.concat(values);
        if (reuse) expect(sink.readsAtOnce).toBe(true);
        const bytes = reuse ? memory.subarray(0, joined.copy(memory)) : joined;
        let at = 0;
        for (const [index, one] of values.entries()) {
          sink.record(batch * 100 + index, timestampMs, bytes, -1, -1, at, at + one.length);
          at += one.length;
        }
        memory.fill(0x78);
      }
      const spooled = await sink.finish();
      const result = await decode(spooled);
      const rows = await test.session.rows('SELECT * FROM decoded ORDER BY _offset');
      return [result, rows, spooled.rejects, await readFile(paths(name).rejectsPath, 'utf8')];
    };
    const [again, once] = [await run('again', true), await run('once', false)];
    expect(again).toEqual(once);
    expect(again[2]).toBe(40);
  });

  it('gives a view that keeps the order when every message was plain, and the same hash as lines', async () => {
    const values = Array.from({ length: 1000 }, (_, i) => `{${time},"user":${i},"text":"ü${i % 3}"}`);
    const spooled = await spool(values);
    expect(spooled).toMatchObject({ lines: 0, columns: { rows: 1000 } });
    const found = await decode(spooled);
    expect(found.bad).toEqual([]);
    const rows = await test.session.rows<{ user: bigint }>('SELECT "user" FROM decoded');
    expect(rows.map(({ user }) => Number(user))).toEqual(values.map((_, i) => i));
    expect(found).toEqual(await decode(await spool(values, { lines: true })));
  });

  it('leaves no message out when a table and a view take turns under one name', async () => {
    for (const value of [`{${time},"text":"\\u00e4"}`, `{${time}}`, `{${time},"text":"\\u00e4"}`])
      expect((await decode(await spool([value]))).rows).toBe(1n);
  });

  it('counts what it kept as rows: a file that lost some fails the batch', async () => {
    const spooled = await spool([`{${time}}`, `{${time}}`]);
    const wrong = { ...spooled, columns: { ...spooled.columns!, rows: 3 } };
    await expect(decode(wrong)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it.each([
    ['white space between tokens', ` {\n ${time} ,\t"user" : 1 }`.trimStart(), 1],
    ['a text of other letters', `{${time},"text":"日本 😀"}`, 1],
    ['a field that nobody reads', `{${time},"x":{"y":[1,-2.5e3,true,null,"z"]}}`, 1],
    ['bytes behind the object', `{${time}} `, 0],
    ['a cut object', `{${time},"user":1`, 0],
    ['two objects', `{${time}}{}`, 0],
    ['no comma', `{${time} "user":1}`, 0],
    ['a comma too many', `{${time},}`, 0],
    ['an escape', `{${time},"text":"a\\n"}`, 0],
    ['a control character', `{${time},"text":"a\u0001"}`, 0],
    ['a key twice', `{${time},"user":1,"user":2}`, 0],
    ['a map key twice', `{${time},"properties":{"a":"1","a":"2"}}`, 0],
    ['a number as a map value', `{${time},"properties":{"a":1}}`, 0],
    ['a number as text', `{${time},"user":"7"}`, 0],
    ['a fraction for an integer', `{${time},"user":1.5}`, 0],
    ['a zero before a digit', `{${time},"user":07}`, 0],
    ['more digits than a double keeps', `{${time},"user":1234567890123456}`, 0],
    ['minus zero', `{${time},"price":-0.0}`, 0],
    ['an infinite number', `{${time},"price":1e999}`, 0],
    ['true for an integer', `{${time},"user":true}`, 0],
    ['a word that is none', `{${time},"ok":truth}`, 0],
    ['the required column null', `{"event_time":null}`, 0],
    ['the required column missing', `{"user":1}`, 0],
    ['a day that is none', `{"event_time":"2026-02-29T00:00:00Z"}`, 0],
    ['a time ahead of Kafka by too much', `{"event_time":"2026-01-31T12:01:00.001Z"}`, 0],
    ['a time ahead by just so much', `{"event_time":"2026-01-31T12:01:00Z"}`, 1],
    ['an array', `[${time}]`, 0],
  ])('%s', async (_, value, rows) => {
    expect(await taken(value)).toBe(rows);
  });

  it('takes no bytes that are no UTF-8', async () => {
    const sink = await openColumnSpool({ ...paths('bytes'), ...base, onlyKnown: false });
    const value = Buffer.concat([Buffer.from(`{${time},"text":"`), Buffer.from([0xc3]), Buffer.from('"}')]);
    sink.record(0, timestampMs, value, -1, -1, 0, value.length);
    expect(await sink.finish()).toMatchObject({ lines: 0, rejects: 1 });
  });

  it('leaves messages with other fields to lines where those fields are kept', async () => {
    expect(await taken(`{${time},"x":1}`, true)).toBe(0);
    expect(await taken(`{${time}}`, true)).toBe(1);
  });

  it('takes an offset again, or an earlier one, for a line: the count then fails', async () => {
    const spooled = await spool([`{${time}}`, `{${time}}`], { offsets: [5, 5] });
    expect(spooled).toMatchObject({ lines: 1, columns: { rows: 1 } });
    await expect(decode(spooled)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('stops trying where hardly a message is plain', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => `{${time},"text":"${i < 4096 ? '\\t' : 'plain'}"}`);
    const spooled = await spool(values);
    expect(spooled).toMatchObject({ lines: 5000 });
    expect(spooled.columns).toBeUndefined();
  });

  it('makes every message a line where a column is only read that way', async () => {
    const sink = await openColumnSpool({
      ...{ ...paths('lists'), ...base, onlyKnown: false },
      columns: [...columns, column('l', list(plain('string')))],
    });
    const value = Buffer.from(`{${time},"l":["a"]}`);
    sink.record(0, timestampMs, value, -1, -1, 0, value.length);
    expect(await sink.finish()).toMatchObject({ lines: 1, rejects: 0 });
  });
});
