import type { OracleRow, Value, WindowQuery } from './model';

/** Raw columns of the cases: k string, g bigint, v bigint, t the event time. */
export const micros = (column: string): string => `epoch_us(${column})::varchar`;
const int = (column: string): string => `${column}::varchar`;

const spanTexts = [micros('window_start'), micros('window_end')];

/** Every row of the window: who is in it, exactly. */
const rows: WindowQuery = {
  sql: 'select window_start, window_end, _partition, _offset, t, k, g, v from events',
  texts: [...spanTexts, int('_partition'), int('_offset'), micros('t'), 'k', int('g'), int('v')],
  compute: (found, { startUs, endUs }) =>
    found.map(({ partition, offset, timeUs, fields }) => [
      ...[startUs, endUs, BigInt(partition), offset, timeUs],
      ...[fields['k']!, fields['g']!, fields['v']!],
    ]),
};

const counts: WindowQuery = {
  sql: 'select k, window_start, window_end, count(*) as n, sum(v)::bigint as s from events group by all',
  texts: ['k', ...spanTexts, int('n'), int('s')],
  compute: (found, { startUs, endUs }) =>
    groupBy(found, ['k']).map((group) => [group[0]!.fields['k']!, startUs, endUs, size(group), sum(numbers(group))]),
};

const distinct: WindowQuery = {
  sql: 'select window_start, count(distinct k) as ks, count(distinct v) as vs, count(*) as n, count(*) filter (where v > 50) as large from events group by all',
  texts: [micros('window_start'), int('ks'), int('vs'), int('n'), int('large')],
  compute: (found, { startUs }) => [
    [
      startUs,
      BigInt(new Set(present(found, 'k')).size),
      BigInt(new Set(present(found, 'v')).size),
      size(found),
      size(found.filter(({ fields }) => isAbove(fields['v']!, 50n))),
    ],
  ],
};

/** Found again by the end of its window, not the start. */
const extremes: WindowQuery = {
  sql: 'select window_end, g, min(v) as lo, max(v) as hi, min(t) as first_t, max(t) as last_t, avg(v) as mean, count(v) as c from events group by all',
  texts: [
    micros('window_end'),
    int('g'),
    int('lo'),
    int('hi'),
    micros('first_t'),
    micros('last_t'),
    'round(mean * c)::bigint::varchar',
  ],
  compute: (found, { endUs }) =>
    groupBy(found, ['g']).map((group) => {
      const values = numbers(group);
      const times = group.map(({ timeUs }) => timeUs);
      return [endUs, group[0]!.fields['g']!, least(values), most(values), least(times), most(times), sum(values)];
    }),
};

/** The two keys with most rows; of equals the smaller key, NULL behind all. */
const top: WindowQuery = {
  sql: 'select window_start, k, count(*) as n from events group by window_start, k qualify row_number() over (partition by window_start order by count(*) desc, k nulls last) <= 2',
  texts: [micros('window_start'), 'k', int('n')],
  compute: (found, { startUs }) =>
    groupBy(found, ['k'])
      .sort((a, b) => b.length - a.length || compareKeys(a[0]!.fields['k']!, b[0]!.fields['k']!))
      .slice(0, 2)
      .map((group) => [startUs, group[0]!.fields['k']!, size(group)]),
};

const percentiles: WindowQuery = {
  sql: 'select window_start, quantile_disc(v, 0.5) as p50, quantile_disc(v, 0.75) as p75, median(v) as middle from events group by all',
  texts: [micros('window_start'), int('p50'), int('p75'), '(middle * 2)::bigint::varchar'],
  compute: (found, { startUs }) => {
    const sorted = numbers(found).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const n = sorted.length;
    if (n === 0) return [[startUs, null, null, null]];
    const twiceMiddle = sorted[Math.floor((n - 1) / 2)]! + sorted[Math.floor(n / 2)]!;
    return [[startUs, sorted[Math.ceil(n / 2) - 1]!, sorted[Math.ceil((n * 3) / 4) - 1]!, twiceMiddle]];
  },
};

/** Rows that a further event takes away: a window computed again can hold fewer of them, or none. */
const few: WindowQuery = {
  sql: 'select window_start, k, count(*) as n from events group by all having count(*) <= 2',
  texts: [micros('window_start'), 'k', int('n')],
  compute: (found, { startUs }) =>
    groupBy(found, ['k'])
      .filter((group) => group.length <= 2)
      .map((group) => [startUs, group[0]!.fields['k']!, size(group)]),
};

/** Reads its events twice. */
const hottest: WindowQuery = {
  sql: 'with c as (select window_start, k, count(*) as n from events group by all) select c.window_start, c.k, c.n from c join (select window_start, max(n) as most from c group by all) m on c.window_start = m.window_start and c.n = m.most',
  texts: [micros('window_start'), 'k', int('n')],
  compute: (found, { startUs }) => {
    const groups = groupBy(found, ['k']);
    const highest = Math.max(...groups.map(({ length }) => length));
    return groups
      .filter(({ length }) => length === highest)
      .map((group) => [startUs, group[0]!.fields['k']!, size(group)]);
  },
};

/** Windows that have events but no row. */
const large: WindowQuery = {
  sql: 'select window_start, count(*) as n, max(t) as last_t from events where v > 70 group by all',
  texts: [micros('window_start'), int('n'), micros('last_t')],
  compute: (found, { startUs }) => {
    const kept = found.filter(({ fields }) => isAbove(fields['v']!, 70n));
    return kept.length === 0 ? [] : [[startUs, size(kept), most(kept.map(({ timeUs }) => timeUs))]];
  },
};

/** Returns neither bound: allowed for a window that is computed once. */
const unbound: WindowQuery = {
  sql: 'select k, count(*) as n, min(v) as lo from events group by window_start, k',
  texts: ['k', int('n'), int('lo')],
  compute: (found) =>
    groupBy(found, ['k']).map((group) => [group[0]!.fields['k']!, size(group), least(numbers(group))]),
};

export const fixedQueries = { rows, counts, distinct, extremes, top, percentiles, few, hottest, large } as const;
export const onceQueries = { ...fixedQueries, unbound } as const;

/** Queries over sessions return the columns of their key. */
export const sessionQueries = {
  rows: () => rows,
  totals: (by: readonly string[]): WindowQuery => ({
    sql: `select ${commas(by)}window_start, window_end, count(*) as n, sum(v)::bigint as s, count(distinct k) as ks from events group by all`,
    texts: [...by.map(int), ...spanTexts, int('n'), int('s'), int('ks')],
    compute: (found, { startUs, endUs }) => [
      [
        ...keyOf(found, by),
        startUs,
        endUs,
        size(found),
        sum(numbers(found)),
        BigInt(new Set(present(found, 'k')).size),
      ],
    ],
  }),
  ends: (by: readonly string[]): WindowQuery => ({
    sql: `select ${commas(by)}window_end, max(v) as hi, min(t) as first_t from events group by all`,
    texts: [...by.map(int), micros('window_end'), int('hi'), micros('first_t')],
    compute: (found, { endUs }) => [
      [...keyOf(found, by), endUs, most(numbers(found)), least(found.map(({ timeUs }) => timeUs))],
    ],
  }),
  busy: (by: readonly string[]): WindowQuery => ({
    sql: `select ${commas(by)}window_start, window_end, count(*) as n from events group by all having count(*) >= 2`,
    texts: [...by.map(int), ...spanTexts, int('n')],
    compute: (found, { startUs, endUs }) =>
      found.length < 2 ? [] : [[...keyOf(found, by), startUs, endUs, size(found)]],
  }),
} as const;

export type FixedQueryName = keyof typeof onceQueries;
export type SessionQueryName = keyof typeof sessionQueries;

const commas = (by: readonly string[]): string => by.map((name) => `${name}, `).join('');
const keyOf = (found: readonly OracleRow[], by: readonly string[]): readonly Value[] =>
  by.map((name) => found[0]!.fields[name]!);
const size = (found: readonly unknown[]): bigint => BigInt(found.length);
const isAbove = (value: Value, limit: bigint): boolean => typeof value === 'bigint' && value > limit;
const present = (found: readonly OracleRow[], name: string): readonly Value[] =>
  found.map(({ fields }) => fields[name]!).filter((value) => value !== null);
const numbers = (found: readonly OracleRow[]): bigint[] =>
  present(found, 'v').filter((value): value is bigint => typeof value === 'bigint');
const sum = (values: readonly bigint[]): bigint | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0n);
const least = (values: readonly bigint[]): bigint | null =>
  values.length === 0 ? null : values.reduce((a, b) => (a < b ? a : b));
const most = (values: readonly bigint[]): bigint | null =>
  values.length === 0 ? null : values.reduce((a, b) => (a > b ? a : b));

function compareKeys(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

function groupBy(found: readonly OracleRow[], names: readonly string[]): OracleRow[][] {
  const groups = new Map<string, OracleRow[]>();
  for (const row of found) {
    const key = JSON.stringify(names.map((name) => (row.fields[name] === null ? null : String(row.fields[name]))));
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}
