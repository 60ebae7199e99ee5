import type { WindowShape } from '../../pipeline/model';

/** A value of a raw column. Times are microseconds since 1970 everywhere in the oracle. */
export type Value = string | bigint | null;

/** A record of a batch, as Kafka holds it. */
export interface OracleRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Kafka's timestamp. */
  readonly timestampMs: bigint;
  /** Undefined: the message cannot be read, or has no event time. */
  readonly timeUs: bigint | undefined;
  readonly fields: Readonly<Record<string, Value>>;
}

/** A record that became a row of the raw table. */
export interface OracleRow extends OracleRecord {
  readonly timeUs: bigint;
}

/** [startUs, endUs). */
export interface Span {
  readonly startUs: bigint;
  readonly endUs: bigint;
}

/** A window's query twice: as DuckDB runs it, and in plain code over the rows of ONE window. */
export interface WindowQuery {
  readonly sql: string;
  /** SQL of each result column as text, in the order of `compute`'s values. */
  readonly texts: readonly string[];
  readonly compute: (rows: readonly OracleRow[], span: Span) => readonly (readonly Value[])[];
}

export interface OracleWindow {
  readonly table: string;
  readonly shape: WindowShape;
  readonly latenessMs: number;
  readonly query: WindowQuery;
}

export interface OraclePipeline {
  readonly watermarkMs: number;
  readonly maxFutureMs: number;
  readonly windows: readonly OracleWindow[];
}

export interface OracleBatch {
  /** Every partition that the topic had when the batch was planned. */
  readonly partitions: readonly number[];
  readonly idle: readonly number[];
  /** By partition, then offset. */
  readonly records: readonly OracleRecord[];
}

export interface LateRow {
  readonly row: OracleRow;
  readonly span: Span;
  /** The watermark before the batch that brought the row. */
  readonly watermarkMs: bigint;
  readonly delayMs: bigint;
}

export interface WindowTable {
  /** Published rows: the values of the query's columns. */
  readonly rows: readonly (readonly Value[])[];
  readonly late: readonly LateRow[];
}

/** What the lake must hold after a batch. */
export interface OracleState {
  readonly watermarkMs: bigint | undefined;
  readonly raw: readonly OracleRow[];
  readonly rejected: readonly OracleRecord[];
  readonly tables: ReadonlyMap<string, WindowTable>;
}
