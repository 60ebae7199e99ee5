import { planPanes } from '../../../engine/panes/plan-panes';
import { openTestEngine, type TestEngine } from '../support/session';
import { columns } from './support/random-query';

describe('planPanes', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const plan = (query: string) => planPanes(test.session, { query, columns, eventTime: 'ts' });
  const reason = async (query: string): Promise<string> => {
    const found = await plan(query);
    return 'reason' in found ? found.reason : 'served';
  };

  it.each([
    ['select k, window_end, count(*) as n, sum(price) as total from events group by all'],
    ['select window_start, window_end, e.name, sum(big) / count(big) as mean from events e where ok group by 1, 2, 3'],
    ['select window_end, count(*) filter (where ok) as n from events group by window_end having n > 1 order by n desc'],
    ['select k, window_end from events group by all'],
    ["select date_trunc('hour', window_end) as hour, window_end, max(ts) as last from events group by all"],
    ['select window_end, upper(name) as u, length(u) as l, count(*) as n from events group by all;'],
    ['select name as "Name", window_end, min(ratio) as r from "events" group by name, window_end -- a comment'],
  ])('serves %s', async (query) => {
    expect(await reason(query)).toBe('served');
  });

  it.each([
    [
      'select window_end, count(distinct k) as n from events group by all',
      'count(distinct …) needs the values themselves',
    ],
    ['select window_end, median(k) as m from events group by all', 'median() has no exact combination'],
    [
      'select window_end, approx_quantile(k, 0.5) as m from events group by all',
      'approx_quantile() has no exact combination',
    ],
    ['select window_end, avg(k) as m from events group by all', 'write that instead'],
    ['select window_end, sum(ratio) as s from events group by all', 'a sum of DOUBLE depends on the order of rows'],
    ['select window_end, sum(price::decimal(38,2)) as s from events group by all', 'can overflow in parts'],
    ['select window_end, arg_max(name, ts) as s from events group by all', 'arg_max() has no exact combination'],
    ['select window_end, any_value(name) as s from events group by all', 'any_value() has no exact combination'],
    ['select window_end, geomean(k) as s from events group by all', 'geomean, which is no plain function'],
    [
      'select window_end, unnest([1, 2]) as u, count(*) as n from events group by all',
      'unnest, which is no plain function',
    ],
    ['select count(*) as n from events', 'does not group by window_start or window_end'],
    ['select k, count(*) as n from events group by all', 'does not group by window_start or window_end'],
    ['select window_end, count(*) as n from events group by all limit 3', 'it has LIMIT'],
    ['select distinct window_end, count(*) as n from events group by all', 'it has SELECT DISTINCT'],
    [
      'select window_end, count(*) as n from events where ts < window_end group by all',
      'WHERE reads window_start or window_end',
    ],
    ['select window_end, max(window_end - ts) as n from events group by all', 'max() reads window_start or window_end'],
    [
      'select window_end, max(k) filter (where ts < window_end) as n from events group by all',
      'max() reads window_start or window_end',
    ],
    ['select k, window_end, rank() over (order by k) as r from events', 'a window function (over …)'],
    [
      'select window_end, count(*) as n from events group by window_end qualify row_number() over () = 1',
      'it has QUALIFY',
    ],
    ['with x as (from events) select window_end, count(*) as n from x group by all', 'it has a WITH clause'],
    [
      'select a.window_end, count(*) as n from events a join events b using (k) group by all',
      'more than one relation in FROM',
    ],
    ['select window_end, count(*) as n from (from events) group by all', 'more than one relation in FROM'],
    ['select window_end, (select 1) as one, count(*) as n from events group by all', 'a subquery'],
    [
      'select window_end, count(*) as n from events group by all union all select window_end, k from events',
      'several SELECTs',
    ],
    ['select window_end, k, count(*) as n from events group by rollup (window_end, k)', 'grouping sets'],
    ['select * from events', 'a star'],
    ['select window_end, [k] as ks, count(*) as n from events group by all', 'it groups by a value of type INTEGER[]'],
    ['select window_end, max([k]) as ks from events group by all', 'max() gives INTEGER[]'],
    [
      'select window_end, k, upper(name) as k2, k2 as x, count(*) as n, max(k) as name from events group by all having name > 1',
      'name is a column of events and the name of another result column',
    ],
    ['select window_end, count(*) as n, nothing from events group by all', 'DuckDB cannot describe it'],
    ['delete from events', 'DuckDB cannot describe it'],
  ])('refuses %s', async (query, expected) => {
    expect(await reason(query)).toContain(expected);
  });

  it('tells plans apart by their partial rows, not by what is made of them', async () => {
    const fingerprint = async (query: string): Promise<string> => {
      const found = await plan(query);
      return 'plan' in found ? found.plan.fingerprint : found.reason;
    };
    const one = await fingerprint('select k, window_end, sum(big) as s from events group by all');
    expect(await fingerprint('select window_end, sum(big) * 2 as twice, k from events group by window_end, k')).toBe(
      one,
    );
    expect(await fingerprint('select k, window_end, sum(k) as s from events group by all')).not.toBe(one);
    expect(await fingerprint('select k, window_end, sum(big) as s from events where ok group by all')).not.toBe(one);
  });
});
