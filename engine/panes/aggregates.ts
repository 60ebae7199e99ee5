import { childrenOf, isFunction, NotServed, sameText, type Expression, type FunctionCall } from './expression';
import { quoteIdent } from '../sql';
import type { Functions } from './functions';
import { hasAggregate, readsWindow } from './resolve-query';

/** An aggregate of the user's query as a column of partial rows. */
export interface PartialAggregate {
  readonly column: string;
  /** The call over rows; its result is cast to `storedType`. */
  readonly call: Expression;
  /** A type that Parquet holds without loss. */
  readonly storedType: string;
  /** The aggregate function that makes one value of several, over any set and in any order. */
  readonly mergeBy: string;
  /** The value of the user's aggregate from values of the column, in the type that DuckDB gives it. */
  readonly finish: string;
}

/** What an aggregate must be known by: its call, the types that DuckDB finds for its argument and its result. */
export interface TypedCall {
  readonly call: FunctionCall;
  readonly argumentType: string | undefined;
  readonly resultType: string;
}

const COUNTS = new Set(['count', 'count_star']);
/** NULL, unlike count, when every argument was. */
const CONDITIONAL_COUNTS = new Set(['count_if', 'countif']);
const SUMS = new Set(['sum']);
/** Order plays no part, and a value of values is the value of all. */
const SELF_MERGING = new Set(['min', 'max', 'bool_and', 'bool_or', 'bit_and', 'bit_or', 'bit_xor']);

const NARROW = new Set(['BOOLEAN', 'TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER']);
const WIDE = new Set(['BIGINT', 'UBIGINT']);
/** With 28 digits 10^10 rows fit into the 38 of the sum: no pane can overflow where the whole would not. */
const MAX_SUMMED_DIGITS = 28;

/** Columns that Parquet gives back exactly as they were, in type and value. */
const STORED =
  /^(BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|UUID|DATE|TIMESTAMP|TIMESTAMP WITH TIME ZONE)$/;

export const isStored = (type: string): boolean => STORED.test(type);

/** The aggregate calls of expressions, each once. Throws NotServed for one that has no exact combination or cannot be cut into panes. */
export function collectCalls(expressions: readonly Expression[], functions: Functions): readonly FunctionCall[] {
  const found = new Map<string, FunctionCall>();
  const visit = (node: Expression): void => {
    if (isFunction(node) && functions.aggregates.has(node.function_name.toLowerCase())) {
      checkCall(node, functions);
      found.set(sameText(node), node);
      return;
    }
    for (const child of childrenOf(node)) visit(child);
  };
  for (const expression of expressions) visit(expression);
  return [...found.values()];
}

function checkCall(call: FunctionCall, functions: Functions): void {
  const name = call.function_name.toLowerCase();
  const hint =
    name === 'avg' || name === 'mean' ? ` (its last digit is not that of sum(x) / count(x): write that instead)` : '';
  if (![COUNTS, CONDITIONAL_COUNTS, SUMS, SELF_MERGING].some((served) => served.has(name)))
    throw new NotServed(`${name}() has no exact combination of partial values${hint}`);
  if (call.distinct) throw new NotServed(`${name}(distinct …) needs the values themselves`);
  if (call.order_bys.orders.length > 0) throw new NotServed(`${name}() has an ORDER BY`);
  if (call.export_state || call.children.length > 1) throw new NotServed(`${name}() has more than one argument`);
  for (const part of [...call.children, ...(call.filter ? [call.filter] : [])]) {
    if (readsWindow(part)) throw new NotServed(`${name}() reads window_start or window_end`);
    if (hasAggregate(part, functions)) throw new NotServed(`${name}() is over another aggregate`);
  }
}

/** How the call's values are kept and combined. Throws NotServed where the types allow no exact combination. */
export function partialOf({ call, argumentType, resultType }: TypedCall, column: string): PartialAggregate {
  const name = call.function_name.toLowerCase();
  const value = quoteIdent(column);
  const summed = (storedType: string, finish = `sum(${value})::${resultType}`): PartialAggregate => ({
    column,
    call,
    storedType,
    mergeBy: 'sum',
    finish,
  });
  if (COUNTS.has(name)) return summed('BIGINT', `coalesce(sum(${value}), 0)::${resultType}`);
  if (CONDITIONAL_COUNTS.has(name)) return summed('BIGINT');
  if (SUMS.has(name)) return summed(sumType(argumentType ?? 'nothing'));
  if (!isStored(resultType)) throw new NotServed(`${name}() gives ${resultType}, which a file does not hold exactly`);
  return {
    column,
    call,
    storedType: resultType,
    mergeBy: name,
    finish: `${name}(${value})::${resultType}`,
  };
}

function sumType(argumentType: string): string {
  if (NARROW.has(argumentType)) return 'BIGINT';
  // DuckDB writes HUGEINT to Parquet as DOUBLE; a sum of 64-bit integers has far fewer than 38 digits.
  if (WIDE.has(argumentType)) return 'DECIMAL(38,0)';
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(argumentType);
  if (!decimal) throw new NotServed(`a sum of ${argumentType} depends on the order of rows`);
  if (Number(decimal[1]) > MAX_SUMMED_DIGITS)
    throw new NotServed(
      `a sum of ${argumentType} can overflow in parts: cast it to at most ${MAX_SUMMED_DIGITS} digits`,
    );
  return `DECIMAL(38,${decimal[2]})`;
}
