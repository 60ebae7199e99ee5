import { SluiceError } from '../base/errors';
import type { ColumnDefinition } from '../lake/iceberg/schema';
import type { IcebergType } from '../lake/iceberg/types';
import type { Session } from './engine';
import { emptyRelation } from './read-files';
import { quoteIdent } from './sql';
import { duckdbToIceberg } from './types';
import { checkUserQuery, embedded, userQueryError } from './user-query';

export interface WindowQueryInput {
  /** SQL relation of raw rows, in parentheses. */
  readonly source: string;
  /** The user's SELECT over `events`. */
  readonly query: string;
  readonly eventTime: string;
  readonly sizeMs: number;
  /** Rows with event time in [fromMs, toMs); both are multiples of the size. undefined: from the beginning. */
  readonly fromMs: number | undefined;
  readonly toMs: number;
}

/**
 * The window query as one SELECT: `events` has the raw columns plus window_start and window_end (timestamptz). Ordered by all
 * columns, so that equal rows give equal files.
 */
export function windowQuerySql({ source, query, eventTime, sizeMs, fromMs, toMs }: WindowQueryInput): string {
  const time = `epoch_us(${quoteIdent(eventTime)})`;
  // On the column itself, not on its microseconds: so the files' row groups are skipped by their statistics.
  const at = (ms: number): string => `make_timestamptz(${micros(ms)})`;
  const column = quoteIdent(eventTime);
  const bounds = [...(fromMs === undefined ? [] : [`${column} >= ${at(fromMs)}`]), `${column} < ${at(toMs)}`];
  return `WITH events AS (SELECT *, ${windowBounds(time, sizeMs)} FROM ${source} WHERE ${bounds.join(' AND ')}) SELECT * FROM ${embedded(query)} ORDER BY ALL`;
}

/** `_partition … delay_ms`: the rows of a batch whose window had closed before it, in the shape of the `__late` table. */
export function lateRowsSql(input: {
  readonly source: string;
  readonly eventTime: string;
  readonly sizeMs: number;
  /** End of the last closed window. */
  readonly closedUntilMs: number;
  /** The watermark at the start of the batch. */
  readonly watermarkMs: number;
}): string {
  const { source, eventTime, sizeMs, closedUntilMs, watermarkMs } = input;
  const time = `epoch_us(${quoteIdent(eventTime)})`;
  return `SELECT _partition, _offset, _timestamp, make_timestamptz(${time}) AS event_time, ${windowBounds(time, sizeMs)},
    make_timestamptz(${micros(watermarkMs)}) AS watermark, (${micros(watermarkMs)} - ${time}) // 1000 AS delay_ms
    FROM ${source} WHERE ${time} < ${micros(closedUntilMs)} ORDER BY _partition, _offset`;
}

/** Floor to the size, right for times before 1970 too: DuckDB's // and % round towards zero. */
function windowBounds(timeMicros: string, sizeMs: number): string {
  const size = micros(sizeMs);
  const start = `${timeMicros} - ((${timeMicros} % ${size}) + ${size}) % ${size}`;
  return `make_timestamptz(${start}) AS window_start, make_timestamptz(${start} + ${size}) AS window_end`;
}

const micros = (ms: number): string => `${BigInt(ms) * 1000n}::BIGINT`;

/**
 * The columns that a window query returns, without running it, with the Iceberg types of its table. All optional.
 * Throws QUERY_FAILED for SQL that is wrong, for columns without a name of their own or named twice, and for types that no table can hold.
 */
export async function describeQuery(
  session: Session,
  input: {
    readonly query: string;
    readonly columns: readonly { readonly name: string; readonly type: IcebergType }[];
    readonly eventTime: string;
    readonly what: string;
  },
): Promise<readonly ColumnDefinition[]> {
  const { query, columns, eventTime, what } = input;
  await checkUserQuery(session, { what, sql: query, relations: ['events'] });
  // A view and not a WITH around it: names that occur twice would come back with a number, and DuckDB's message points into the user's own text.
  const events = `SELECT *, ${windowBounds(`epoch_us(${quoteIdent(eventTime)})`, 1000)} FROM ${emptyRelation(columns)}`;
  try {
    await session.run(`CREATE OR REPLACE TEMP VIEW events AS ${events}`);
    const found = await session.describe(query.trim().replace(/;\s*$/, ''));
    const names = found.map(({ name }) => name.toLowerCase());
    const wrong = found.find(
      ({ name }, index) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || names.indexOf(name.toLowerCase()) !== index,
    );
    if (wrong) {
      throw new SluiceError('QUERY_FAILED', `${what}: column ${quoteIdent(wrong.name)} needs a name of its own`, {
        cure: 'Name each column with "as": count(*) as event_count.',
      });
    }
    return found.map(({ name, type }) => ({ name, type: duckdbToIceberg(type), required: false }));
  } catch (error) {
    throw userQueryError(what, error);
  } finally {
    await session.run('DROP VIEW IF EXISTS events');
  }
}
