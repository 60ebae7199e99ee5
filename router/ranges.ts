import { formatTableName } from '../base/table-name';
import { quoteText } from '../engine/sql';
import { currentSchema } from '../lake/iceberg/metadata';
import type { Field } from '../lake/iceberg/types';
import type { LoadedTable } from '../lake/lake';
import type { ColumnRange } from '../lake/scan';
import type { Filter } from './filters';
import type { Sandbox } from './sandbox';
import type { Node } from './statement-node';

type Bound = bigint | string;

interface Evaluated {
  readonly value: Bound;
  /** The engine compares with this very value. */
  readonly exact: boolean;
}

/** How a constant becomes a bound of a column of some type: both are compared as the engine compares them, or not at all. */
interface Kind {
  /** DuckDB types of constants (as typeof prints them) for which the cast keeps the order and never tightens the range. */
  readonly from: RegExp;
  /** Those of them that the cast leaves as they are: an exclusive bound moves by one whole unit. */
  readonly exact?: RegExp;
  readonly sql: (expression: string) => string;
}

const temporal = /^(?:DATE|TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS|TIMESTAMP WITH TIME ZONE|VARCHAR)$/;
const instant = (type: string): Kind => ({
  from: temporal,
  exact: temporal,
  sql: (e) => `CASE WHEN isfinite(TRY_CAST(${e} AS ${type})) THEN epoch_us(TRY_CAST(${e} AS ${type})) END`,
});
// Rounded to a whole number: the nearest one to 1.5 lies within every range of whole numbers that 1.5 bounds.
const whole: Kind = {
  from: /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|VARCHAR)$/,
  exact: /INT|^VARCHAR$/,
  sql: (e) => `TRY_CAST(${e} AS BIGINT)`,
};

/** Floating point, decimal, binary, uuid and boolean columns give no range. */
const kinds: Readonly<Record<string, Kind>> = {
  int: whole,
  long: whole,
  string: { from: /^VARCHAR$/, sql: (e) => `${e}` },
  date: {
    from: temporal,
    exact: /^(?:DATE|VARCHAR)$/,
    sql: (e) =>
      `CASE WHEN isfinite(TRY_CAST(${e} AS DATE)) THEN (TRY_CAST(${e} AS DATE) - DATE '1970-01-01')::BIGINT END`,
  },
  timestamp: instant('TIMESTAMP'),
  timestamptz: instant('TIMESTAMPTZ'),
};

interface Usable {
  readonly table: string;
  readonly field: Field;
  readonly kind: Kind;
  readonly filter: Filter;
}

/**
 * The ranges that the filters set, by `namespace.name`: DuckDB itself works the constants out, in the transaction in which it will run the query
 * (`now()` is the same). A constant that does not fit its column gives no range; so does anything that fails: the query will say why.
 */
export async function columnRanges(
  sandbox: Pick<Sandbox, 'evaluate'>,
  filters: readonly Filter[],
  tables: readonly LoadedTable[],
): Promise<ReadonlyMap<string, readonly ColumnRange[]>> {
  const usable = filters.flatMap((filter) => usableFilter(filter, tables));
  const constants = usable.flatMap(({ filter, kind }) =>
    [...filter.atLeast, ...filter.atMost].map((node) => ({ node, kind })),
  );
  const values = constants.length === 0 ? [] : await evaluate(sandbox, constants);
  const ranges = new Map<string, ColumnRange[]>();
  let next = 0;
  const take = (count: number): readonly (Evaluated | undefined)[] => values?.slice(next, (next += count)) ?? [];
  for (const { table, field, filter } of usable) {
    const min = bound(take(filter.atLeast.length), -1n, filter.exclusive);
    const max = bound(take(filter.atMost.length), 1n, filter.exclusive);
    if (min === undefined && max === undefined) continue;
    ranges.set(table, [
      ...(ranges.get(table) ?? []),
      { column: field.name, ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
    ]);
  }
  return ranges;
}

function usableFilter(filter: Filter, tables: readonly LoadedTable[]): readonly Usable[] {
  const wanted = formatTableName(filter.table).toLowerCase();
  const table = tables.find(({ name }) => formatTableName(name).toLowerCase() === wanted);
  if (!table) return [];
  const named = currentSchema(table.metadata).fields.filter(
    ({ name }) => name.toLowerCase() === filter.column.toLowerCase(),
  );
  const [field] = named;
  const kind = field && typeof field.type === 'string' ? kinds[field.type] : undefined;
  return named.length === 1 && field && kind ? [{ table: formatTableName(table.name), field, kind, filter }] : [];
}

/** One value per constant, undefined where it gives no bound; undefined altogether when DuckDB could not work them out. */
async function evaluate(
  sandbox: Pick<Sandbox, 'evaluate'>,
  constants: readonly { readonly node: Node; readonly kind: Kind }[],
): Promise<readonly (Evaluated | undefined)[] | undefined> {
  const names = constants.map((_, index) => `c${index}`);
  const deserialize = `json_deserialize_sql(${quoteText(selectOf(constants.map(({ node }) => node)))}::JSON)`;
  const select = (await sandbox.evaluate(`SELECT ${deserialize}`))?.[0];
  if (typeof select !== 'string') return undefined;
  const found = await sandbox.evaluate(
    `SELECT ${constants.flatMap(({ kind }, index) => [`typeof(c${index})`, `${kind.sql(`c${index}`)}`]).join(', ')} FROM (${select}) AS constants(${names.join(', ')})`,
  );
  return found && constants.map(({ kind }, index) => boundOf(kind, found[2 * index], found[2 * index + 1]));
}

function boundOf({ from, exact }: Kind, type: unknown, value: unknown): Evaluated | undefined {
  if (!from.test(String(type)) || (typeof value !== 'bigint' && typeof value !== 'string')) return undefined;
  return { value, exact: exact?.test(String(type)) ?? false };
}

/** A SELECT of the constants in the form that json_serialize_sql prints. */
function selectOf(constants: readonly Node[]): string {
  const node = {
    type: 'SELECT_NODE',
    modifiers: [],
    cte_map: { map: [] },
    select_list: constants,
    from_table: { type: 'EMPTY', alias: '', sample: null },
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  };
  // DuckDB's "nowhere" is 2^64 - 1, which JSON.parse rounded to a number that does not fit.
  return JSON.stringify({ error: false, statements: [{ node, named_param_map: [] }] }, (key, value: unknown) =>
    key === 'query_location' ? undefined : value,
  );
}

/** The outermost of the values, `outward` being -1 for a minimum; undefined when one of them is not known: it might be that one. */
function bound(values: readonly (Evaluated | undefined)[], outward: -1n | 1n, exclusive: boolean): Bound | undefined {
  let found: Evaluated | undefined;
  for (const evaluated of values) {
    if (evaluated === undefined) return undefined;
    if (found === undefined || compare(evaluated.value, found.value) * Number(outward) > 0) found = evaluated;
  }
  if (found === undefined || !exclusive || !found.exact || typeof found.value === 'string') return found?.value;
  return found.value - outward;
}

/** Text by the bytes of UTF-8, as DuckDB and Iceberg order it. */
function compare(a: Bound, b: Bound): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
