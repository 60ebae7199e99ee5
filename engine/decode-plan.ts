import { SluiceError } from '../base/errors';
import type { Column } from '../pipeline/model';
import { castSql, certainSql, pointerOf, type Source } from './decode-columns';
import { shapesOf, sourceSql, spoolKeys, type ReadMode } from './decode-source';
import { quoteIdent } from './sql';

export interface DecodePlan {
  /** Columns of the result after the system columns, in order: `<sql> AS "name"`. */
  readonly typed: readonly string[];
  /** SQL boolean, never NULL: true where the row is certainly right. False is doubt, not an error. */
  readonly certain: string;
  /** `FROM` source with alias `s` over these files. */
  source(paths: readonly string[]): string;
}

export interface PlanInput {
  readonly columns: readonly Column[];
  readonly eventTime: string;
  readonly maxFutureMs: number;
  readonly mode: ReadMode;
  /** The files may hold numbers with more digits than a double keeps: needs mode `lines`. */
  readonly longNumbers: boolean;
  readonly maxLineBytes: number;
}

/**
 * The fast path. Every leaf is read as text, cast, and held against a test that only a lossless cast of the plain form passes;
 * the exact path judges the rest. Reading typed columns instead would turn 1.5 into 2 and true into 1 without a word.
 */
export function planDecode(input: PlanInput): DecodePlan {
  const { columns, eventTime, maxFutureMs, mode, longNumbers, maxLineBytes } = input;
  const shapes = shapesOf(columns);
  const context = { lines: mode === 'lines', longNumbers };
  const parts = columns.map((column) => {
    const source: Source = { sql: `s.${column.path.map(quoteIdent).join('.')}`, pointer: pointerOf(column.path) };
    return {
      column,
      cast: castSql(column.type, source.sql),
      certain: certainSql(column.type, source, context, column.required),
    };
  });
  // Kafka's own timestamp as event time is never ahead of itself.
  const eventTimeSql = parts.find(({ column }) => column.name === eventTime)?.cast;
  const offset = `s.${quoteIdent(spoolKeys.offset)}`;
  const inTime =
    eventTimeSql === undefined
      ? 'true'
      : `epoch_us(${eventTimeSql}) <= (s.${quoteIdent(spoolKeys.timestamp)} + ${maxFutureMs}) * 1000`;
  const certain = [
    `${offset} IS NOT NULL`,
    ...[inTime, ...parts.map((part) => part.certain)].filter((sql) => sql !== 'true'),
  ];
  return {
    typed: parts.map(({ column, cast }) => `${cast} AS ${quoteIdent(column.name)}`),
    certain: `coalesce(${certain.join(' AND ')}, false)`,
    source: (paths) => sourceSql(shapes, mode, paths, maxLineBytes),
  };
}

/** Throws PIPELINE_INVALID for a column of one of our own keys, NOT_SUPPORTED for columns that cannot be read in one pass (shapesOf). */
export function checkPaths(columns: readonly Column[]): void {
  const reserved = columns.find((column) => Object.values(spoolKeys).some((key) => key === column.path[0]));
  if (reserved) {
    throw new SluiceError(
      'PIPELINE_INVALID',
      `column ${reserved.name}: the field name ${reserved.path[0]} is reserved`,
      { cure: 'Rename the field in the messages.' },
    );
  }
  shapesOf(columns);
}
