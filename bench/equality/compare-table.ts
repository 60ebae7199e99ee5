import path from 'node:path';
import { openEngine } from '../../engine/engine';
import { select } from '../../test/real/support/select';
import type { Lakehouse } from '../../test/real/support/lakehouse';
import { formatTableName, parseTableName, siblingTable } from '../../base/table-name';

export interface Comparison {
  readonly table: string;
  /** Rows of the published table. */
  readonly published: number;
  /** Rows that plain SQL over the event log gives. */
  readonly expected: number;
  readonly missing: number;
  readonly extra: number;
  /** Rows of the `__late` table; 0 for a raw table. */
  readonly late: number;
  readonly equal: boolean;
  /** Up to five rows that only one side has, as JSON, for a look. */
  readonly sample: readonly string[];
}

export interface CompareInput {
  readonly house: Pick<Lakehouse, 'lake' | 'config'>;
  /** As in the lake: `nexmark.q5`. */
  readonly table: string;
  /** Relations of the log by name: SQL in parentheses. `late` is one already: _partition, _offset, window_start of the table's late rows. */
  readonly relations: Readonly<Record<string, string>>;
  /** A SELECT over the relations with the table's columns in order. */
  readonly expected: string;
  /** Whether a `__late` table stands beside it: not beside a raw table, nor beside one of another system. */
  readonly hasLate: boolean;
}

/** Holds a published table at main's head against SQL over the log of the generated events, as multisets of whole rows. */
export async function compareTable(input: CompareInput): Promise<Comparison> {
  const { config, lake } = input.house;
  // The oracle has all events in one query and is slow and obvious: the worker's bounds are not for it.
  const engine = await openEngine({ memoryLimit: '6GB', threads: 2, tempDirectory: path.join(config.home, 'oracle') });
  try {
    return await compareWith({ ...input, house: { config, lake, engine } });
  } finally {
    await engine.close();
  }
}

async function compareWith(
  input: CompareInput & { readonly house: Pick<Lakehouse, 'lake' | 'config' | 'engine'> },
): Promise<Comparison> {
  const { house, table, relations, expected, hasLate } = input;
  const lateTable = formatTableName(siblingTable(parseTableName(table), 'late'));
  const lateRows = hasLate
    ? await select<{ p: number; o: bigint; s: string }>(
        house,
        lateTable,
        'select _partition as p, _offset as o, epoch_us(window_start)::varchar as s from rows',
      )
    : [];
  const late =
    lateRows.length === 0
      ? '(select null::integer as _partition, null::bigint as _offset, null::timestamptz as window_start where false)'
      : `(select * from (values ${lateRows.map(({ p, o, s }) => `(${p}, ${o}::bigint, make_timestamptz(${s}))`).join(', ')}) t(_partition, _offset, window_start))`;
  const ctes = Object.entries({ late, ...relations, expected: `(${expected})` })
    .map(([name, sql]) => `, ${name} as materialized (from ${sql})`)
    .join('\n');
  const differences = `${ctes}, missing as (from expected except all from rows), extra as (from rows except all from expected)`;
  const [counts] = await select<Record<'published' | 'expected' | 'missing' | 'extra', bigint>>(
    house,
    table,
    `${differences} select (select count(*) from rows) as published, (select count(*) from expected) as expected,
      (select count(*) from missing) as missing, (select count(*) from extra) as extra`,
  );
  const [published, wanted, missing, extra] = [counts!.published, counts!.expected, counts!.missing, counts!.extra].map(
    Number,
  ) as [number, number, number, number];
  const equal = missing === 0 && extra === 0;
  const sample = equal
    ? []
    : await select<{ line: string }>(
        house,
        table,
        `${differences}, both_sides as (select 'missing ' || to_json(missing)::varchar as line from missing union all select 'extra ' || to_json(extra)::varchar from extra)
         from both_sides order by line limit 5`,
      );
  return {
    table,
    published,
    expected: wanted,
    missing,
    extra,
    late: lateRows.length,
    equal,
    sample: sample.map(({ line }) => line),
  };
}
