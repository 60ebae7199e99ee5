import { differences } from '../../../client/verify/differences';
import { openTestEngine, type TestEngine } from '../../engine/support/session';

describe('rows that differ', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const relation = (...rows: readonly (readonly [string, string])[]): string =>
    `(select k, x::double as x from (values ${rows.map(([k, x]) => `('${k}', ${x})`).join(', ')}) t(k, x))`;
  const counts = async (
    expected: readonly (readonly [string, string])[],
    found: readonly (readonly [string, string])[],
  ): Promise<readonly [number, number]> => {
    const [missing, surplus] = await differences(test.session, {
      expected: relation(...expected),
      found: relation(...found),
    });
    return [missing.count, surplus.count];
  };

  it('are counted as a multiset', async () => {
    const [a, b] = [
      ['a', '1'],
      ['b', '2'],
    ] as const;
    expect(await counts([a, a, b], [a, b])).toEqual([1, 0]);
    expect(await counts([a, b], [a, b, b])).toEqual([0, 1]);
    expect(await counts([a], [b])).toEqual([1, 1]);
  });

  it('are not those whose doubles were added in another order', async () => {
    expect(await counts([['a', '0.1 + 0.2']], [['a', '0.3']])).toEqual([0, 0]);
    expect(await counts([['a', '1']], [['a', '1.0000001']])).toEqual([1, 1]);
    expect(await counts([['a', "'nan'"]], [['a', "'nan'"]])).toEqual([0, 0]);
    expect(await counts([['a', "'inf'"]], [['a', "'-inf'"]])).toEqual([1, 1]);
  });

  it('bug: what is left where large terms cancel out is as inexact as they were', async () => {
    const large = ['b', '1e6'] as const;
    expect(await counts([large, ['a', '0']], [large, ['a', '1e-10']])).toEqual([0, 0]);
    expect(await counts([large, ['a', '0']], [large, ['a', '1e-5']])).toEqual([1, 1]);
    expect(await counts([['a', '0']], [['a', '1e-10']])).toEqual([1, 1]);
  });

  it('bug: one huge value of a column excused differences of other windows', async () => {
    const windows = (...rows: readonly (readonly [second: number, x: string])[]): string =>
      `(select make_timestamptz(s * 1000000) as window_start, x::double as x from (values ${rows.map(([s, x]) => `(${s}, ${x})`).join(', ')}) t(s, x))`;
    const count = async (expected: string, found: string) =>
      (await differences(test.session, { expected, found })).map(({ count: n }) => n);
    const [huge, other] = [[0, '1e18'] as const, [60, '5'] as const];
    expect(await count(windows(huge, other), windows(huge, [60, '7']))).toEqual([1, 1]);
    expect(await count(windows(huge, [0, '5'], other), windows(huge, [0, '7'], other))).toEqual([0, 0]);
    expect(await count(windows(huge, other), windows(huge, [60, '5.0000000001']))).toEqual([0, 0]);
  });

  it('bug: one row was the partner of two that were near to it', async () => {
    expect(
      await counts(
        [['a', '0.1 + 0.2']],
        [
          ['a', '0.3'],
          ['a', '0.30000000000000001'],
        ],
      ),
    ).not.toEqual([0, 0]);
  });

  it('lists a few and counts all', async () => {
    const many = Array.from({ length: 50 }, (_, index) => [`k${index}`, '1'] as const);
    const [missing] = await differences(test.session, { expected: relation(...many), found: relation(['z', '1']) });
    expect(missing.count).toBe(50);
    expect(missing.rows.length).toBeLessThan(50);
    expect(missing.rows[0]).toMatch(/^{"k":"k\d+","x":1.0}$/);
  });
});
