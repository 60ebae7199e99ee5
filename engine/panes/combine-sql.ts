import { quoteIdent } from '../sql';
import { floorTo, micros } from '../windows/window-sql';
import type { PartialAggregate } from './aggregates';

/** Columns of the rows that the rewritten query reads, beside keys and aggregates: names that no user's column can have. */
export const WINDOW = { start: '$window_start', end: '$window_end' } as const;

export interface CombineInput {
  /** Relation of partial rows, in parentheses. */
  readonly partials: string;
  readonly sizeMs: number;
  readonly slideMs: number;
  /** Relation of the wanted windows, in parentheses. */
  readonly windows: string;
  /** How many windows there are, about; decides only how they are computed. */
  readonly windowCount?: number;
}

export interface PartialColumns {
  readonly keys: readonly string[];
  readonly aggregates: readonly Mergeable[];
}

type Mergeable = Pick<PartialAggregate, 'column' | 'mergeBy' | 'storedType'>;

/** Several values of a partial column as one. `over`: an OVER clause. */
export const mergedValue = ({ column, mergeBy, storedType }: Mergeable, over = ''): string =>
  `(${mergeBy}(${quoteIdent(column)})${over})::${storedType}`;

/** Up to so many copies of each partial row cost less than running values. */
const FEW_COPIES = 8;

/**
 * Partial rows with the windows they are in, as common table expressions of which the last is named `events`. Few windows: each partial row
 * once per window. Many: running values, so that a window takes at most two rows of each group whatever its size.
 */
export function partialEventsCtes(input: CombineInput, columns: PartialColumns): string {
  const { sizeMs, slideMs, windowCount = Infinity } = input;
  const ratio = sizeMs / slideMs;
  const copies = Math.min(ratio, windowCount);
  return copies <= FEW_COPIES ? plainCtes(input, columns) : stretchCtes(input, columns);
}

/** The index of the slide that a time is in. */
const slideOf = (time: string, slideMs: number): string =>
  `(${floorTo(`epoch_us(${time})`, micros(slideMs))} // ${micros(slideMs)})`;

const q = quoteIdent;
const INDEX = q('$index');
const BOUNDS = `${q(WINDOW.start)}, ${q(WINDOW.end)}`;

function listOf({ keys, aggregates }: PartialColumns): string {
  return [...keys, ...aggregates.map(({ column }) => column)].map((name) => `, ${q(name)}`).join('');
}

/** `$windows`: the wanted ones with the index of the slide behind their last; `$rows`: partial rows that can be in one, with that of their slide. */
function sourceCtes({ partials, sizeMs, slideMs, windows }: CombineInput, columns: PartialColumns): string[] {
  const ratio = sizeMs / slideMs;
  const least = `(SELECT min(${INDEX}) - ${ratio} FROM "$windows")`;
  return [
    `"$windows" AS MATERIALIZED (SELECT DISTINCT window_start AS ${q(WINDOW.start)}, window_end AS ${q(WINDOW.end)}, ${slideOf('window_end', slideMs)} AS ${INDEX} FROM ${windows})`,
    `"$rows" AS (SELECT ${INDEX}${listOf(columns)} FROM (SELECT *, ${slideOf('pane_start', slideMs)} AS ${INDEX} FROM ${partials}) WHERE ${INDEX} >= ${least} AND ${INDEX} < (SELECT max(${INDEX}) FROM "$windows"))`,
  ];
}

function plainCtes(input: CombineInput, columns: PartialColumns): string {
  const ratio = input.sizeMs / input.slideMs;
  const first = `greatest(${INDEX} + 1, (SELECT min(${INDEX}) FROM "$windows"))`;
  const last = `least(${INDEX} + ${ratio}, (SELECT max(${INDEX}) FROM "$windows"))`;
  return [
    ...sourceCtes(input, columns),
    `"$copies" AS (SELECT unnest(range(${first}, ${last} + 1)) AS ${INDEX}${listOf(columns)} FROM "$rows")`,
    `events AS (SELECT ${BOUNDS}${listOf(columns)} FROM "$copies" JOIN "$windows" USING (${INDEX}))`,
  ].join(',\n');
}

/**
 * The time line is cut into stretches as long as a window, so that each window is the end of one stretch and the beginning of the next. A group
 * has running values from both ends of each stretch it has rows in; a window takes at most one of either.
 */
function stretchCtes(input: CombineInput, columns: PartialColumns): string {
  const { keys, aggregates } = columns;
  const ratio = input.sizeMs / input.slideMs;
  const keyList = keys.map((key) => `, ${q(key)}`).join('');
  const values = (over: string, mark: string): string =>
    aggregates.map((aggregate) => `, ${mergedValue(aggregate, over)} AS ${q(mark + aggregate.column)}`).join('');
  const picked = (mark: string): string =>
    keyList + aggregates.map(({ column }) => `, ${q(mark + column)} AS ${q(column)}`).join('');
  const stretch = `((${INDEX} - ((${INDEX} % ${ratio}) + ${ratio}) % ${ratio}) // ${ratio})`;
  const ordered = `PARTITION BY "$stretch"${keyList} ORDER BY ${INDEX}`;
  // A window ends behind slide i when its running value from the left is that of the group's last row up to i.
  const endsBegun = `range(${INDEX} + 1, coalesce("$next" + 1, ("$stretch" + 1) * ${ratio}))`;
  // And it begins with slide i when that from the right is that of the group's first row from i on.
  const endsEnded = `range(coalesce("$previous" + 1, "$stretch" * ${ratio}) + ${ratio}, ${INDEX} + ${ratio} + 1)`;
  return [
    ...sourceCtes(input, columns),
    `"$merged" AS (SELECT ${INDEX}, ${stretch} AS "$stretch"${keyList}${aggregates.map((aggregate) => `, ${mergedValue(aggregate)} AS ${q(aggregate.column)}`).join('')} FROM "$rows" GROUP BY ${[INDEX, ...keys.map(q)].join(', ')})`,
    `"$running" AS MATERIALIZED (SELECT ${INDEX}, "$stretch"${keyList}, lead(${INDEX}) OVER begun AS "$next", lag(${INDEX}) OVER begun AS "$previous"${values(' OVER begun', '<')}${values(' OVER ended', '>')}
      FROM "$merged" WINDOW begun AS (${ordered} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), ended AS (${ordered} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING))`,
    `"$copies" AS (SELECT unnest(${endsBegun}) AS ${INDEX}${picked('<')} FROM "$running" UNION ALL SELECT unnest(${endsEnded}) AS ${INDEX}${picked('>')} FROM "$running")`,
    `events AS (SELECT ${BOUNDS}${listOf(columns)} FROM "$copies" JOIN "$windows" USING (${INDEX}))`,
  ].join(',\n');
}
