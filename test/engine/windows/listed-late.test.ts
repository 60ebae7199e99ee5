import { notListedSql } from '../../../engine/windows/listed-late';
import { openTestEngine, type TestEngine } from '../support/session';

describe('rows that are not listed as late', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  /** Rows (offset, timestamp, event time in seconds, value); listed (offset, timestamp, event time, end of the last window that missed it). */
  type Row = readonly [number, number, number, string];
  type Listed = readonly [number, number, number, number];
  const relation = (rows: readonly Row[]): string =>
    `(select 0::int as _partition, o::bigint as _offset, make_timestamptz(ts * 1000000) as _timestamp, make_timestamptz(t * 1000000) as t, v from (values ${rows.map(([o, ts, t, v]) => `(${o}, ${ts}::bigint, ${t}::bigint, '${v}')`).join(', ')}) as r(o, ts, t, v))`;
  const listedAs = (rows: readonly Listed[]): string =>
    `(select 0::int as _partition, o::bigint as _offset, make_timestamptz(ts * 1000000) as _timestamp, make_timestamptz(t * 1000000) as event_time, make_timestamptz(w * 1000000) as window_end from (values ${rows.map(([o, ts, t, w]) => `(${o}, ${ts}::bigint, ${t}::bigint, ${w}::bigint)`).join(', ')}) as r(o, ts, t, w))`;
  const left = async (rows: readonly Row[], listed: readonly Listed[]): Promise<readonly string[]> => {
    const sql = await notListedSql(test.session, { raw: relation(rows), eventTime: 't', late: listedAs(listed) });
    return (await test.session.rows<{ v: string }>(`select v from ${sql} order by v`)).map(({ v }) => v);
  };

  it('leaves out those that are listed', async () => {
    const rows: readonly Row[] = [
      [0, 1, 1, 'a'],
      [1, 2, 2, 'b'],
      [2, 3, 3, 'c'],
    ];
    expect(await left(rows, [[1, 2, 2, 10]])).toEqual(['a', 'c']);
  });

  it('bug: a row of a topic that was put back from a copy is listed, and the first one was left out with it', async () => {
    const rows: readonly Row[] = [
      [0, 1, 1, 'a'],
      [0, 1, 1, 'a'],
      [1, 2, 2, 'b'],
      [1, 2, 2, 'b'],
      [1, 2, 2, 'b'],
    ];
    const listed: readonly Listed[] = [
      [0, 1, 1, 10],
      [1, 2, 2, 10],
      [1, 2, 2, 10],
    ];
    expect(await left(rows, listed)).toEqual(['a', 'b']);
    expect(await left(rows, [...listed, [0, 1, 1, 10]])).toEqual(['b']);
  });

  it('an offset with the same timestamp and another event time is another row', async () => {
    const rows: readonly Row[] = [
      [0, 1, 1, 'old'],
      [0, 1, 9, 'new'],
    ];
    expect(await left(rows, [[0, 1, 1, 10]])).toEqual(['new']);
  });

  it('counts the copies of each window by themselves', async () => {
    const raw = relation([
      [0, 1, 1, 'a'],
      [0, 1, 1, 'a'],
    ]);
    const rows = `(select *, make_timestamptz(unnest([10, 20]) * 1000000) as window_end from ${raw})`;
    const and = 'e.window_end <= l.window_end';
    const sql = await notListedSql(test.session, { raw, rows, eventTime: 't', late: listedAs([[0, 1, 1, 10]]), and });
    const found = await test.session.rows<{ s: bigint; n: bigint }>(
      `select epoch_ms(window_end) // 1000 as s, count(*) as n from ${sql} group by all order by all`,
    );
    expect(found).toEqual([
      { s: 10n, n: 1n },
      { s: 20n, n: 2n },
    ]);
  });
});
