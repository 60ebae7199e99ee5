import type { IcebergType } from '../../../../lake/iceberg/types';

/** The columns of the random rows. */
export const columns: readonly { readonly name: string; readonly type: IcebergType }[] = [
  { name: 'ts', type: 'timestamptz' },
  { name: 'k', type: 'int' },
  { name: 'name', type: 'string' },
  { name: 'big', type: 'long' },
  { name: 'price', type: 'decimal(18,2)' },
  { name: 'ratio', type: 'double' },
  { name: 'ok', type: 'boolean' },
  { name: 'day', type: 'date' },
  { name: 'id', type: 'uuid' },
];

export type Random = () => number;

/** Numbers in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const some = <T>(random: Random, list: readonly T[], most: number): T[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(random, list));

/** SQL of a relation of `count` rows, in parentheses: NULLs, negatives, equal values, times around 1970. */
export function rowsSql(
  random: Random,
  { count, spanMs }: { readonly count: number; readonly spanMs: number },
): string {
  const seed = Math.floor(random() * 1e9);
  const chance = (salt: number, modulo: number): string => `(hash(i * 31 + ${seed + salt}) % ${modulo})::BIGINT`;
  const orNull = (salt: number, sql: string): string => `CASE WHEN ${chance(salt, 7)} = 0 THEN NULL ELSE ${sql} END`;
  const from = Math.floor((random() - 0.5) * 2 * spanMs) * 1000;
  return `(SELECT make_timestamptz(${from}::BIGINT + ${chance(1, Math.max(1, spanMs * 1000))}) AS ts,
    ${orNull(2, `${chance(3, 4)}::INTEGER - 1`)} AS k,
    ${orNull(4, `['', 'a', 'it''s', 'ü"'][${chance(5, 4)} + 1]`)} AS name,
    ${orNull(6, `CASE ${chance(7, 9)} WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808 ELSE ${chance(8, 1000)} - 500 END`)} AS big,
    ${orNull(9, `((${chance(10, 2_000_000)} - 1000000)::DECIMAL(18,0) / 100)::DECIMAL(18,2)`)} AS price,
    ${orNull(11, `CASE ${chance(12, 9)} WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE ELSE (${chance(13, 999)} + 1) / 7.0::DOUBLE END`)} AS ratio,
    ${orNull(14, `${chance(15, 2)} = 0`)} AS ok,
    ${orNull(16, `DATE '1969-12-30' + ${chance(17, 4)}::INTEGER`)} AS "day",
    ${orNull(18, `('00000000-0000-0000-0000-00000000000' || ${chance(19, 5)})::UUID`)} AS id
    FROM range(${count}) r(i))`;
}

const ROW_VALUES = [
  'k',
  'e.k',
  'name',
  'K + 1',
  'upper(name)',
  'big % 3',
  'price',
  'ok',
  '"day"',
  'id',
  'ratio',
  'k is null',
  'coalesce(k, -1)',
  "date_trunc('day', ts)",
  'case when k > 0 then name end',
  'ts::date',
];
const WINDOW_VALUES = [
  'window_start',
  "date_trunc('hour', window_end)",
  'epoch_ms(window_end)',
  'window_end + interval 1 second',
];
const CONDITIONS = [
  'ok',
  'k > 0',
  'big > 0',
  "name like 'a%'",
  'price between -1000 and 5000',
  'ratio is not null',
  'k in (0, 1)',
  'not ok or k is null',
  "e.name <> ''",
];
const AGGREGATES = [
  'count(*)',
  'count(k)',
  'count(name)',
  'count_if(ok)',
  'sum(k)',
  'sum(big)',
  'sum(price)',
  'sum(price * 2)',
  'sum(ok)',
  'sum(k + 1)',
  'sum(big::utinyint)',
  'min(big)',
  'max(price)',
  'min(name)',
  'max(ts)',
  'min(ratio)',
  'max(ratio)',
  'min(ok)',
  'max("day")',
  'min(id)',
  'bool_and(ok)',
  'bool_or(k = 1)',
  'bit_or(k)',
  'bit_xor(big)',
  'bit_and(k)',
  'max(length(name))',
  'sum(case when ok then price end)',
].filter((call) => call !== 'sum(big::utinyint)'); // fails on values that do not fit

/** A query of the grammar that is served; `shape` says what it groups by, for messages. */
export function randomQuery(random: Random): string {
  const alias = pick(random, ['events e', 'events as e', 'Events E']);
  const keys = some(random, ROW_VALUES, 3).map((sql, index) => ({ sql, name: `g${index}` }));
  const bounds = [
    { sql: 'window_end', name: pick(random, ['window_end', 'we']) },
    ...some(random, WINDOW_VALUES, 1).map((sql, index) => ({ sql, name: `w${index}` })),
  ];
  const mixed = random() < 0.15 ? [{ sql: "name || '@' || window_end::varchar", name: 'mixed' }] : [];
  const groups = [...bounds, ...keys, ...mixed];
  const call = (): string => {
    const plain = pick(random, AGGREGATES);
    return random() < 0.25 ? `${plain} filter (where ${pick(random, CONDITIONS)})` : plain;
  };
  const value = (): string =>
    pick(random, [
      call,
      call,
      call,
      () => `sum(price) / count(*)`,
      () => `coalesce(${pick(random, ['sum(k)', 'max(k)'])}, 0) + count(*)`,
      () => `case when count(*) > 2 then max(name) else 'few' end`,
      () => `round(sum(big) / nullif(count(big), 0), 3)`,
      () => `max(ts) - min(ts) > interval 1 second`,
    ])();
  const values = Array.from({ length: Math.floor(random() * 4) }, (_, index) => ({ sql: value(), name: `v${index}` }));
  const byAll = random() < 0.5;
  // GROUP BY ALL groups by what is selected; an explicit list may name more.
  const shown = byAll ? groups : groups.filter(() => random() < 0.8);
  const items = [...shown, ...values];
  if (items.length === 0) items.push({ sql: 'count(*)', name: 'n' });
  const named = (item: { sql: string; name: string }): string =>
    item.sql === item.name ? item.sql : `${item.sql} as ${item.name}`;
  const by = byAll
    ? 'all'
    : groups
        .map((group) =>
          shown.includes(group) ? pick(random, [group.sql, group.name, String(items.indexOf(group) + 1)]) : group.sql,
        )
        .join(', ');
  const where =
    random() < 0.4
      ? ` where ${pick(random, CONDITIONS)}${random() < 0.3 ? ` and ${pick(random, CONDITIONS)}` : ''}`
      : '';
  const having =
    random() < 0.3
      ? ` having ${pick(random, ['count(*) > 1', 'sum(price) > 0', 'max(k) is not null', ...values.map(({ name }) => `${name} is not null`)])}`
      : '';
  const order = random() < 0.2 ? ' order by 1' : '';
  const hasBound = byAll || groups.length > 0;
  if (!hasBound) throw new Error('a query without a group');
  return `select ${items.map(named).join(', ')} from ${alias}${where} group by ${by}${having}${order}`;
}
