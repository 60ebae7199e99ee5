import { quoteIdent } from '../sql';
import { floorTo, micros } from '../windows/window-sql';

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
  readonly aggregates: readonly { readonly column: string; readonly merge: string }[];
}

/**
 * Partial rows with the windows they are in, as common table expressions of which the last is named `events`.
 * A few windows: each partial row once per window. Many: the rows are first combined into blocks of 1, 2, 4, … slides, and a window takes
 * the at most 2 log2(size / slide) blocks that it is made of.
 */
export function partialEventsCtes(input: CombineInput, columns: PartialColumns): string {
  const { sizeMs, slideMs, windowCount = Infinity } = input;
  const ratio = sizeMs / slideMs;
  const levels = Math.floor(Math.log2(ratio));
  const copies = Math.min(ratio, windowCount);
  return copies <= 2 * levels || levels < 2 ? plainCtes(input, columns) : blockCtes(input, columns, levels);
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

function blockCtes(input: CombineInput, columns: PartialColumns, levels: number): string {
  const { keys, aggregates } = columns;
  const merged = aggregates.map(({ column, merge }) => `, ${merge} AS ${q(column)}`).join('');
  const ctes = sourceCtes(input, columns);
  const blocks = [`SELECT ${INDEX} * 64 AS "$block"${listOf(columns)} FROM "$rows"`];
  const parts = [partsSql(0, input)];
  for (let level = 1; level <= levels; level += 1) {
    const below = level === 1 ? '"$rows"' : `"$level${level - 1}"`;
    // Twice as wide a block: the half of its index, rounded down.
    const half = `((${INDEX} - ((${INDEX} % 2) + 2) % 2) // 2)`;
    ctes.push(
      `"$level${level}" AS MATERIALIZED (SELECT ${half} AS ${INDEX}${keys.map((key) => `, ${q(key)}`).join('')}${merged} FROM ${below} GROUP BY ${[half, ...keys.map(q)].join(', ')})`,
    );
    blocks.push(`SELECT ${INDEX} * 64 + ${level}${listOf(columns)} FROM "$level${level}"`);
    parts.push(partsSql(level, input));
  }
  ctes.push(
    `"$parts" AS (${parts.join(' UNION ALL ')})`,
    `"$blocks" AS (${blocks.join(' UNION ALL ')})`,
    `events AS (SELECT ${BOUNDS}${listOf(columns)} FROM "$blocks" JOIN "$parts" USING ("$block"))`,
  );
  return ctes.join(',\n');
}

/**
 * The blocks of one level that windows are made of. A window of slides [a, b) is cut from both ends: at each level the block at an end that is
 * not the half of a larger block inside the window is taken, and the rest is left to the next level.
 */
function partsSql(level: number, { sizeMs, slideMs }: CombineInput): string {
  const width = 2 ** level;
  const floor = (value: string, step: number): string =>
    `((${value} - ((${value} % ${step}) + ${step}) % ${step}) // ${step})`;
  const a = floor(`(${INDEX} - ${sizeMs / slideMs} + ${width - 1})`, width);
  const b = floor(INDEX, width);
  const isOdd = (value: string): string => `${value} % 2 <> 0`;
  const rows = `SELECT ${BOUNDS}, ${a} AS a, ${b} AS b FROM "$windows"`;
  return `SELECT ${BOUNDS}, a * 64 + ${level} AS "$block" FROM (${rows}) WHERE a < b AND ${isOdd('a')}
    UNION ALL SELECT ${BOUNDS}, (b - 1) * 64 + ${level} FROM (${rows}) WHERE a < b AND ${isOdd('b')}`;
}
