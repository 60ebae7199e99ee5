import { createHash } from 'node:crypto';
import { isSluiceError } from '../../base/errors';
import { canonicalJson } from '../../base/json';
import type { IcebergType } from '../../lake/iceberg/types';
import type { ResultColumn, Session } from '../engine';
import { emptyRelation } from '../read-files';
import { quoteIdent } from '../sql';
import { embedded } from '../user-query';
import { floorTo, instant, micros } from '../windows/window-sql';
import { collectCalls, isStored, partialOf, type PartialAggregate } from './aggregates';
import { mergedValue, partialEventsCtes, type CombineInput } from './combine-sql';
import { columnRef, NotServed, type Expression } from './expression';
import { loadFunctions } from './functions';
import { resolveQuery } from './resolve-query';
import { finalText, keysOf, PANE, partialText, plainSelect } from './rewrite-query';
import { parseSelect, selectText } from './syntax';

export interface PartialInput {
  /** Relation of raw rows, in parentheses. */
  readonly source: string;
  readonly eventTime: string;
  readonly paneMs: number;
  /** Rows with event time in [fromMs, toMs) only. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** How a window query is served from partial aggregates. */
export interface PanePlan {
  /** The columns of partial rows: `pane_start`, the group columns, the partial values. All of types that Parquet holds without loss. */
  readonly columns: readonly ResultColumn[];
  /** Equal for plans whose partial rows are the same for the same raw rows. */
  readonly fingerprint: string;
  /** A SELECT of partial rows over raw rows, one per pane and group. */
  partialSql(input: PartialInput): string;
  /** A SELECT of partial rows from a relation of them: those of one group and one stretch of `paneMs` made one. */
  mergeSql(input: { readonly partials: string; readonly paneMs: number }): string;
  /**
   * A SELECT of the finished rows of the wanted windows, what the user's query gives over their events, in no order. Several partial rows
   * per pane and group are normal: one per raw file. Windows that were asked for and hold no rows give none.
   */
  windowsSql(input: CombineInput): string;
  /** A relation without partial rows, in parentheses. */
  emptySql(): string;
}

export interface PlanInput {
  readonly query: string;
  readonly columns: readonly { readonly name: string; readonly type: IcebergType }[];
  readonly eventTime: string;
}

/**
 * Whether the windows of a query can be computed from partial aggregates with results equal in value and type, and how; else why not, as
 * the end of a sentence that begins with the query. Reads no rows.
 */
export async function planPanes(
  session: Session,
  input: PlanInput,
): Promise<{ readonly plan: PanePlan } | { readonly reason: string }> {
  try {
    return { plan: await makePlan(session, input) };
  } catch (error) {
    if (error instanceof NotServed) return { reason: error.message };
    // What DuckDB cannot describe is reported where the query is checked; here it only means: not from panes.
    if (isSluiceError(error, 'INTERNAL')) return { reason: `DuckDB cannot describe it: ${error.message}` };
    throw error;
  }
}

async function makePlan(session: Session, { query, columns, eventTime }: PlanInput): Promise<PanePlan> {
  if (!columns.some(({ name }) => name === eventTime)) throw new NotServed(`events have no column ${eventTime}`);
  const noBounds = ['window_start', 'window_end', PANE].map((name) => `NULL::TIMESTAMPTZ AS ${quoteIdent(name)}`);
  const over = (sql: string): string =>
    `WITH events AS (SELECT *, ${noBounds.join(', ')} FROM ${emptyRelation(columns)}) SELECT * FROM ${embedded(sql)}`;
  const wanted = await session.describe(over(query));
  const node = await parseSelect(session, query);
  const functions = await loadFunctions(session);
  const resolved = resolveQuery(
    node,
    columns.map(({ name }) => name),
    functions,
  );
  const describe = async (list: readonly Expression[]): Promise<readonly string[]> =>
    list.length === 0
      ? []
      : (await session.describe(over(await selectText(session, plainSelect(node, list.map(named)))))).map(
          ({ type }) => type,
        );

  const keys = keysOf(resolved.groups);
  const keyTypes = await describe([...keys.values()].map(({ expression }) => expression));
  const badKey = keyTypes.find((type) => !isStored(type));
  if (badKey !== undefined)
    throw new NotServed(`it groups by a value of type ${badKey}, which a file does not hold exactly`);

  const calls = collectCalls([...resolved.items, ...(resolved.having ? [resolved.having] : [])], functions);
  const resultTypes = await describe(calls);
  const argumentTypes = await describe(calls.map(({ children: [first] }) => first ?? columnRef(PANE)));
  const aggregates = calls.map((call, index) =>
    partialOf({ call, argumentType: argumentTypes[index], resultType: resultTypes[index]! }, `$a${index}`),
  );
  const final = await finalText(session, { node, resolved, keys, aggregates, names: wanted.map(({ name }) => name) });
  const partial = await partialText(session, { node, resolved, keys, aggregates });
  const plan = assemble({
    final,
    partial,
    keys: [...keys.values()].map(({ column }, index) => ({ name: column, type: keyTypes[index]! })),
    aggregates,
    eventTime,
  });
  await checkColumns(session, plan, wanted);
  return plan;
}

const named = (expression: Expression, index: number): Expression => ({ ...expression, alias: `c${index}` });

interface Parts {
  readonly final: string;
  readonly partial: string;
  readonly keys: readonly ResultColumn[];
  readonly aggregates: readonly PartialAggregate[];
  readonly eventTime: string;
}

function assemble({ final, partial, keys, aggregates, eventTime }: Parts): PanePlan {
  const columns: readonly ResultColumn[] = [
    { name: 'pane_start', type: 'TIMESTAMP WITH TIME ZONE' },
    ...keys,
    ...aggregates.map(({ column, storedType }) => ({ name: column, type: storedType })),
  ];
  const combined = { keys: keys.map(({ name }) => name), aggregates };
  const stored = columns.map(({ name, type }) => `${quoteIdent(name)}::${type} AS ${quoteIdent(name)}`).join(', ');
  const paneOf = (time: string, paneMs: number): string =>
    `make_timestamptz(${floorTo(`epoch_us(${time})`, micros(paneMs))})`;
  return {
    columns,
    fingerprint: createHash('sha256')
      .update(canonicalJson({ v: 1, partial, columns, eventTime }))
      .digest('hex')
      .slice(0, 16),
    partialSql({ source, eventTime: time, paneMs, fromMs, toMs }) {
      const name = quoteIdent(time);
      const bounds = [
        `${name} IS NOT NULL`,
        ...(fromMs === undefined ? [] : [`${name} >= ${instant(fromMs)}`]),
        ...(toMs === undefined ? [] : [`${name} < ${instant(toMs)}`]),
      ];
      return `WITH events AS (SELECT *, ${paneOf(name, paneMs)} AS ${quoteIdent(PANE)} FROM ${source} WHERE ${bounds.join(' AND ')}) SELECT ${stored} FROM (${partial})`;
    },
    mergeSql({ partials, paneMs }) {
      const pane = paneOf('pane_start', paneMs);
      const list = [
        `${pane} AS pane_start`,
        ...keys.map(({ name }) => quoteIdent(name)),
        ...aggregates.map((aggregate) => `${mergedValue(aggregate)} AS ${quoteIdent(aggregate.column)}`),
      ];
      const groups = [pane, ...keys.map(({ name }) => quoteIdent(name))];
      return `SELECT ${list.join(', ')} FROM ${partials} GROUP BY ${groups.join(', ')}`;
    },
    windowsSql: (input) => `WITH ${partialEventsCtes(input, combined)}\n${final}`,
    emptySql: () =>
      `(SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${quoteIdent(name)}`).join(', ')} WHERE false)`,
  };
}

/** A last look: the rewritten query must give the columns of the user's own, by name and type. */
async function checkColumns(session: Session, plan: PanePlan, wanted: readonly ResultColumn[]): Promise<void> {
  const windows = '(SELECT NULL::TIMESTAMPTZ AS window_start, NULL::TIMESTAMPTZ AS window_end WHERE false)';
  const sql = plan.windowsSql({ partials: plan.emptySql(), sizeMs: 2000, slideMs: 1000, windows });
  const found = await session.describe(`SELECT * FROM (${sql})`);
  const spell = (columns: readonly ResultColumn[]): string =>
    columns.map(({ name, type }) => `${name} ${type}`).join(', ');
  if (spell(found) !== spell(wanted))
    throw new NotServed(`its columns would be ${spell(found)} and not ${spell(wanted)}`);
}
