import { splitExplain } from '../../router/explain';

test.each([
  ['select 1', '', 'select 1'],
  ['explain select 1', 'EXPLAIN ', 'select 1'],
  ['EXPLAIN\n ANALYZE\n select 1', 'EXPLAIN ANALYZE ', '\n select 1'],
  ['-- a\n/* b * / */ explain analyze select 1', 'EXPLAIN ANALYZE ', ' select 1'],
  ['explain (format json) select 1', 'EXPLAIN ', '(format json) select 1'],
  ['explainer', '', 'explainer'],
  ["select 'explain x'", '', "select 'explain x'"],
  ['explain explain select 1', 'EXPLAIN ', 'explain select 1'],
])('%j', (sql, prefix, query) => {
  expect(splitExplain(sql)).toEqual({ prefix, query });
});

it('takes time in proportion to the text', () => {
  const startedMs = performance.now();
  for (const piece of ['/* ', '/**/', '-- \n', ' ', '/*/*', '*/']) splitExplain(piece.repeat(25_000));
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
