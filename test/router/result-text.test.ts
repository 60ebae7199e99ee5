import { parseJson } from '../../base/json';
import type { QueryResult } from '../../router/query';
import { resultText, rowObjects, uniqueNames } from '../../router/result-text';

const result = (rows: QueryResult['rows']): QueryResult => ({
  columns: [
    { name: 'a', type: 'BIGINT' },
    { name: 'a', type: 'VARCHAR' },
    { name: '1', type: 'DOUBLE' },
  ],
  rows,
  rowCount: rows.length,
  truncated: false,
  ref: { name: null, hash: 'abc' },
  tables: [{ name: 'db.t', snapshotId: 9123456789012345678n, filesRead: 1, filesPruned: 0, bytes: 5n }],
  elapsedMs: 3,
});

it('arrays keep every digit', () => {
  const text = [...resultText(result([[9223372036854775807n, 'x"y', 0.5]]), 'array')].join('');
  expect(text).toBe(
    '{"columns":[{"name":"a","type":"BIGINT"},{"name":"a","type":"VARCHAR"},{"name":"1","type":"DOUBLE"}],"rows":[[9223372036854775807,"x\\"y",0.5]],' +
      '"rowCount":1,"truncated":false,"ref":{"name":null,"hash":"abc"},"tables":[{"name":"db.t","snapshotId":9123456789012345678,"filesRead":1,"filesPruned":0,"bytes":5}],"elapsedMs":3}',
  );
});

it('objects keep the order of columns and both of two equal names', () => {
  expect([...resultText(result([[1n, 'x', 2]]), 'object')].join('')).toContain('"rows":[{"a":1,"a_1":"x","1":2}]');
  expect(rowObjects(result([[1n, 'x', 2]]))).toEqual([{ a: 1n, a_1: 'x', '1': 2 }]);
});

it('large results come in pieces', () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => [BigInt(i), 'x'.repeat(100), i]);
  const pieces = [...resultText(result(rows), 'array')];
  expect(pieces.length).toBeGreaterThan(5);
  expect(parseJson<{ rows: unknown[] }>(pieces.join('')).rows).toHaveLength(5_000);
  expect(parseJson([...resultText(result([]), 'array')].join(''))).toMatchObject({ rows: [] });
});

it.each([
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [
    ['a', 'a', 'a'],
    ['a', 'a_1', 'a_2'],
  ],
  [
    ['a', 'a', 'a_1'],
    ['a', 'a_2', 'a_1'],
  ],
])('%j -> %j', (names, unique) => {
  expect(uniqueNames(names)).toEqual(unique);
});
