import { quoteIdent } from '../../engine/sql';
import type { Session } from '../../engine/engine';
import { LISTED } from './report';

/** Relative difference up to which two floating-point results are the same: sums of doubles depend on their order. */
const FLOAT_TOLERANCE = 1e-9;
/** The same, of the largest value of the column in its window: where large terms cancel out, what is left is as inexact as they were. */
const LARGEST_TOLERANCE = 1e-12;

export interface Differences {
  /** Up to a few rows as JSON text; `count` has all. */
  readonly rows: readonly string[];
  readonly count: number;
}

/**
 * Rows of either of two relations without a partner in the other, as multisets: [missing, surplus]. Floating-point columns are compared within
 * a tolerance. Leaves temporary tables in the session.
 */
export async function differences(
  session: Session,
  { expected, found }: { readonly expected: string; readonly found: string },
): Promise<readonly [Differences, Differences]> {
  // Both sides in one pass: two EXCEPT ALL take four times as long.
  await session.run(
    `create or replace temp table different_rows as
     select * exclude ("$ expected"), count(*) filter (where "$ expected") - count(*) filter (where not "$ expected") as "$ n"
     from (select *, true as "$ expected" from ${expected} union all select *, false as "$ expected" from ${found})
     group by all having "$ n" <> 0`,
  );
  const columns = await session.describe('select * exclude ("$ n") from different_rows');
  const exact = columns.filter((column) => !isFloat(column)).map(({ name }) => quoteIdent(name));
  // Rows that agree in all other columns can be partners only where there are as many on either side.
  const alike = `count(*) over (partition by ${['1', ...exact].join(', ')}) as "$ alike"`;
  for (const [table, n] of [
    ['missing_rows', '"$ n"'],
    ['surplus_rows', '-"$ n"'],
  ] as const)
    await session.run(
      `create or replace temp table ${table} as select row_number() over () as "$ row", ${alike}, * exclude ("$ n", "$ i")
       from (select *, unnest(range(${n})) as "$ i" from different_rows where ${n} > 0)`,
    );
  const floats = columns.filter(isFloat).map(({ name }) => quoteIdent(name));
  if (floats.length > 0) {
    const same = [
      'm."$ alike" = s."$ alike"',
      ...exact.map((name) => `m.${name} is not distinct from s.${name}`),
      ...floats.map((name, index) => nearSql(name, `l."$ ${index}"`)),
    ];
    const bounds = columns.map(({ name }) => name).filter((name) => name === 'window_start' || name === 'window_end');
    await session.run(
      `create or replace temp table pairs as select m."$ row" as missing, s."$ row" as surplus
       from missing_rows m
       join (${largestSql(expected, { floats, bounds })}) l on ${['true', ...bounds.map((name) => `m.${name} is not distinct from l.${name}`)].join(' and ')}
       join surplus_rows s on ${same.join(' and ')}`,
    );
    await session.run('delete from missing_rows where "$ row" in (select missing from pairs)');
    await session.run('delete from surplus_rows where "$ row" in (select surplus from pairs)');
  }
  return [await listed(session, 'missing_rows'), await listed(session, 'surplus_rows')];
}

const isFloat = ({ type }: { readonly type: string }): boolean => type === 'DOUBLE' || type === 'FLOAT';

/** The largest finite magnitude of each floating-point column, by window where the rows tell theirs: one huge value excuses no other window. */
function largestSql(
  expected: string,
  { floats, bounds }: { readonly floats: readonly string[]; readonly bounds: readonly string[] },
): string {
  const largest = floats.map(
    (name, index) => `coalesce(max(abs(${name})) filter (where isfinite(${name})), 0)::double as "$ ${index}"`,
  );
  const by = bounds.length === 0 ? '' : ` group by ${bounds.join(', ')}`;
  return `select ${[...bounds, ...largest].join(', ')} from ${expected}${by}`;
}

function nearSql(name: string, largest: string): string {
  const [m, s] = [`m.${name}`, `s.${name}`];
  return `(${m} is not distinct from ${s} or isfinite(${m}) and isfinite(${s}) and abs(${m} - ${s}) <= greatest(${FLOAT_TOLERANCE} * abs(${m}), ${FLOAT_TOLERANCE} * abs(${s}), ${LARGEST_TOLERANCE} * ${largest}))`;
}

async function listed(session: Session, table: string): Promise<Differences> {
  const [{ n }] = (await session.rows<{ n: bigint }>(`select count(*) as n from ${table}`)) as [{ n: bigint }];
  const rows = await session.rows<{ text: string }>(
    `select to_json(t)::varchar as text from (select * exclude ("$ row", "$ alike") from ${table} limit ${LISTED}) t`,
  );
  return { rows: rows.map(({ text }) => text), count: Number(n) };
}
