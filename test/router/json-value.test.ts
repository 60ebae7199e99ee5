import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { jsonSize, jsonText, toJsonValue, type JsonValue } from '../../router/json-value';
import { parseJson } from '../../base/json';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const textOf = async (expression: string): Promise<string> => {
  const [row] = await (await connection.run(`SELECT ${expression}`)).convertRows<JsonValue>(toJsonValue);
  return jsonText(row![0]!);
};

test.each([
  ['NULL', 'null'],
  ['true', 'true'],
  ['42::TINYINT', '42'],
  ['9223372036854775807', '9223372036854775807'],
  ['(-9223372036854775808)', '-9223372036854775808'],
  ['18446744073709551615::UBIGINT', '18446744073709551615'],
  ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
  ['7::BIGINT', '7'],
  ['1.50::DECIMAL(10, 2)', '"1.50"'],
  ['(-12345678901234567890123456789012345.678)::DECIMAL(38, 3)', '"-12345678901234567890123456789012345.678"'],
  ['0.1::DOUBLE', '0.1'],
  ["'-0'::DOUBLE", '-0.0'],
  ["'nan'::DOUBLE", '"NaN"'],
  ["'inf'::FLOAT", '"Infinity"'],
  ["'-inf'::DOUBLE", '"-Infinity"'],
  ['1e300', '1e+300'],
  [
    `'line
"quoted" \\ \u00e4 \u{1f600}'`,
    JSON.stringify('line\n"quoted" \\ \u00e4 \u{1f600}'),
  ],
  ["'123n'", '"123n"'],
  ["DATE '1969-07-20'", '"1969-07-20"'],
  ["TIME '12:34:56.789012'", '"12:34:56.789012"'],
  ["TIMESTAMP '2026-01-31 12:00:00.123456'", '"2026-01-31T12:00:00.123456"'],
  ["TIMESTAMPTZ '2026-01-31 12:00:00.123456+02'", '"2026-01-31T10:00:00.123456Z"'],
  ["TIMESTAMP '1960-01-01 00:00:00.000001'", '"1960-01-01T00:00:00.000001"'],
  ["'infinity'::TIMESTAMPTZ", '"infinity"'],
  ["'-infinity'::TIMESTAMPTZ", '"-infinity"'],
  ["'\\x00\\xFFab'::BLOB", `"${Buffer.from([0, 255, 97, 98]).toString('base64')}"`],
  ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID", '"6ba7b810-9dad-11d1-80b4-00c04fd430c8"'],
  ["INTERVAL '1 month 2 days 3 seconds'", '"1 month 2 days 00:00:03"'],
  ['[1, NULL, 9007199254740993]', '[1,null,9007199254740993]'],
  ["{'a': 1, 'b': [1.5::DECIMAL(3, 1)], 'c': 'x'::BLOB}", '{"a":1,"b":["1.5"],"c":"eA=="}'],
  ["MAP {'k': 'nan'::DOUBLE, 'l': NULL}", '[["k","NaN"],["l",null]]'],
  ['[1, 2]::INTEGER[2]', '[1,2]'],
  ["'a'::ENUM('a', 'b')", '"a"'],
  ['\'{"a": 1}\'::JSON', JSON.stringify('{"a": 1}')],
  ['union_value(num := 2)', '{"tag":"num","value":2}'],
  ["'101'::BIT", '"101"'],
])('%s', async (expression, expected) => {
  expect(await textOf(expression)).toBe(expected);
});

it('every type that DuckDB has becomes JSON text that parses', async () => {
  const rows = await (await connection.run('SELECT * FROM test_all_types()')).convertRows<JsonValue>(toJsonValue);
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    for (const value of row) expect(() => parseJson(jsonText(value!))).not.toThrow();
    expect(jsonSize(row as JsonValue)).toBeGreaterThan(row.length);
  }
});

it('leaves undefined fields out', () => {
  expect(jsonText({ a: 1n, b: undefined } as unknown as JsonValue)).toBe('{"a":1}');
});
