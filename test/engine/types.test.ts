import { dataTypeToDuckdb, duckdbToIceberg, icebergToDuckdb } from '../../engine/types';
import { typeText } from '../../lake/iceberg/schema';
import { decimal, list, map, plain, struct } from './support/columns';

describe('types', () => {
  it.each([
    ['TINYINT', 'int'],
    ['UINTEGER', 'long'],
    ['BIGINT', 'long'],
    ['UBIGINT', 'decimal(20,0)'],
    ['HUGEINT', 'decimal(38,0)'],
    ['DECIMAL(18,2)', 'decimal(18,2)'],
    ['DECIMAL(38, 10)', 'decimal(38,10)'],
    ['VARCHAR', 'string'],
    ['TIMESTAMP WITH TIME ZONE', 'timestamptz'],
    ['TIMESTAMP', 'timestamp'],
    ['DATE', 'date'],
    ['FLOAT', 'float'],
    ['BLOB', 'binary'],
    ['UUID', 'uuid'],
    ['INTEGER[]', 'list<int>'],
    ['VARCHAR[][]', 'list<list<string>>'],
    ['FLOAT[3]', 'list<float>'],
    ['MAP(VARCHAR, DECIMAL(9,2)[])', 'map<string,list<decimal(9,2)>>'],
    [
      'STRUCT(a INTEGER, "b ""c"" (d), e" MAP(VARCHAR, TIMESTAMP WITH TIME ZONE))',
      'struct<a: int, b "c" (d), e: map<string,timestamptz>>',
    ],
    ['STRUCT(x STRUCT(y BIGINT)[])[]', 'list<struct<x: list<struct<y: long>>>>'],
  ])('%s -> %s', (duckdb, iceberg) => {
    expect(typeText(duckdbToIceberg(duckdb))).toBe(iceberg);
  });

  it.each([
    'TIMESTAMP_NS',
    'TIME',
    'INTERVAL',
    'UHUGEINT',
    'BIT',
    '"NULL"',
    'JSON',
    'UNION(a INTEGER)',
    "ENUM('a', 'b')",
    'GEOMETRY',
    'INTEGER[]x',
  ])('%s has none, and the cure says what to cast to', (type) => {
    expect(() => duckdbToIceberg(type)).toThrow(
      expect.objectContaining({ code: 'QUERY_FAILED', cure: expect.stringMatching(/cast|epoch/) }),
    );
  });

  it('goes from Iceberg and pipeline types to DuckDB and back', () => {
    for (const text of [
      'INTEGER',
      'BIGINT',
      'DECIMAL(18,2)',
      'UUID',
      'TIMESTAMP WITH TIME ZONE',
      'STRUCT("a" INTEGER)[]',
      'MAP(VARCHAR, BOOLEAN)',
    ])
      expect(icebergToDuckdb(duckdbToIceberg(text))).toBe(text);
    expect(dataTypeToDuckdb(map(plain('string'), list(struct({ 'a b': decimal(9, 2), n: plain('bigint') }))))).toBe(
      'MAP(VARCHAR, STRUCT("a b" DECIMAL(9, 2), "n" BIGINT)[])',
    );
  });
});
