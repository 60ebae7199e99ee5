import { sessionRowsSql, sessionsSql } from '../../../engine/windows/sessions-sql';
import type { SessionShape } from '../../../engine/windows/sessions-sql';
import { openTestEngine, type TestEngine } from '../support/session';

const shape: SessionShape = { kind: 'session', gapMs: 10, by: ['k'], maxMs: 1000 };

describe('sessions', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const sessions = async (rows: string): Promise<readonly unknown[]> => {
    const source = `(SELECT k, make_timestamptz(us) AS at FROM (${rows}) t(k, us))`;
    const sql = sessionsSql(sessionRowsSql({ source, eventTime: 'at', shape, fresh: false }), shape);
    const found = await test.session.rows<Record<string, unknown>>(
      `SELECT struct_extract("$ key", 'k') AS k, "$ start" AS s, "$ end" AS e FROM (${sql}) ORDER BY ALL`,
    );
    return found.map(({ k, s, e }) => [k, s, e]);
  };

  it('are rows of one key within the gap, which touching counts as; NULL is a key', async () => {
    expect(await sessions(`VALUES ('a', 0), ('a', 10000), ('a', 20001), ('b', 5), (NULL, 7), (NULL, 9)`)).toEqual([
      ['a', 0n, 20_000n],
      ['a', 20_001n, 30_001n],
      ['b', 5n, 10_005n],
      [null, 7n, 10_009n],
    ]);
  });

  it('are cut at multiples of max, before 1970 too', async () => {
    expect(await sessions(`VALUES ('a', -1000), ('a', -1), ('a', 0), ('a', 999999), ('a', 1000000)`)).toEqual([
      ['a', -1000n, 0n],
      ['a', 0n, 10_000n],
      ['a', 999_999n, 1_000_000n],
      ['a', 1_000_000n, 1_010_000n],
    ]);
  });

  it('rows of one time that open a session are all in it (they were seen in two orders)', async () => {
    const rows = `SELECT 'a', (i // 3) * 20000 FROM range(30000) r(i) ORDER BY hash(i)`;
    const found = (await sessions(`SELECT * FROM (${rows}) u(k, us)`)) as readonly (readonly [
      string,
      bigint,
      bigint,
    ])[];
    expect(found.filter(([, start, end]) => end - start !== 10_000n)).toEqual([]);
    expect(found).toHaveLength(10_000);
  });
});
