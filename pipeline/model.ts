import type { TableName } from '../base/table-name';
import type { SortBy } from './sort-by';

/** A column type of the pipeline file (design section 3). */
export type DataType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: DataType }
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

export type PrimitiveKind =
  | 'boolean'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'binary'
  | 'uuid';

export interface StructField {
  readonly name: string;
  readonly type: DataType;
  /** The name that the field had before: `struct<full: string was name>`. */
  readonly was?: string;
}

/** A column of the raw table and where its value stands in the message. */
export interface Column {
  readonly name: string;
  readonly type: DataType;
  /** `not null`: a message without it is a rejected row. */
  readonly required: boolean;
  /** Path into the message, `from a.b` -> ['a','b']; by default the column's own name. */
  readonly path: readonly string[];
  /** The name that the column had in the table before: `string was name`. Says that it is the same column, not a new one. */
  readonly was?: string;
}

/** Iceberg's partition transforms, as the pipeline file writes them: `day(event_time)`, `bucket(16, user_id)`, `country`. */
export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'bucket'; readonly buckets: number }
  | { readonly kind: 'truncate'; readonly width: number };

export interface PartitionBy {
  readonly column: string;
  readonly transform: Transform;
}

/**
 * Windows over event time, [start, end), UTC. Tumbling and hopping ones start at multiples of size or slide since 1970. A session
 * holds the rows of one key (the values of `by`) that follow each other within `gap`; the time line is cut at multiples of `max`,
 * and no session reaches over a cut.
 */
export type WindowShape =
  | { readonly kind: 'tumble'; readonly sizeMs: number }
  /** `sizeMs` is a multiple of `slideMs`. */
  | { readonly kind: 'hop'; readonly sizeMs: number; readonly slideMs: number }
  | { readonly kind: 'session'; readonly gapMs: number; readonly by: readonly string[]; readonly maxMs: number };

/** The raw table of another pipeline, seen by a window query under an alias and cut into the same windows. */
export interface JoinedStream {
  readonly alias: string;
  readonly table: TableName;
}

/** Of the snapshots younger than `forMs`, one per `everyMs` stays: the newest of each span. */
export interface KeepRule {
  readonly everyMs: number;
  readonly forMs: number;
}

/** How long history and rows stay; what is absent has its default (lake/retention/snapshot-policy.ts). */
export interface Retention {
  /** Snapshots younger than this stay in the tables' metadata. */
  readonly snapshotsMs?: number;
  /** So many of the newest stay, however old. */
  readonly minSnapshots?: number;
  /** So many at most, however young; beside those that `keep` names. */
  readonly maxSnapshots?: number;
  readonly keep?: readonly KeepRule[];
  /** Rows of the raw and the rejected table that are older than this go, whole partitions at a time. */
  readonly rowsMs?: number;
}

/** What a table has beside its columns; see check-sort and table-properties. */
export interface TableSettings {
  /** The order of rows in new files. By default raw rows are in the order of partition and offset, window rows in that of all their columns. */
  readonly sort?: readonly SortBy[];
  readonly properties?: Readonly<Record<string, string>>;
}

export interface WindowDefinition extends TableSettings {
  readonly table: TableName;
  readonly shape: WindowShape;
  /** How long after its end a window still takes rows; 0 for `late: side`. */
  readonly latenessMs: number;
  /** `amend`: rows that come within `latenessMs` make the window be computed again. `side`: they are only listed. */
  readonly late: 'amend' | 'side';
  readonly streams: readonly JoinedStream[];
  /** DuckDB SQL over `events`: the raw columns plus window_start and window_end (timestamptz). */
  readonly query: string;
  /** Results of windows older than this go, whole partitions at a time; absent: they stay. */
  readonly retentionMs?: number;
}

export interface CheckDefinition {
  readonly name: string;
  /** Any table that the batch writes. */
  readonly table: TableName;
  /** DuckDB SQL over `batch` (the rows this batch adds to `table`); each row it returns breaks the rule. */
  readonly fails: string;
  readonly then: 'warn' | 'hold';
}

/** A pipeline file, checked, with all defaults filled in. Plain JSON: it travels in workflow input. */
export interface Pipeline extends TableSettings {
  readonly name: string;
  readonly source: {
    readonly topic: string;
    readonly format: 'json';
    readonly columns: readonly Column[];
    /** Name of the column that holds the event time; its type is timestamptz or timestamp, and it is `not null`. */
    readonly eventTime: string;
    /** Bounded out-of-orderness. */
    readonly watermarkMs: number;
    /** A caught-up partition without data for this long no longer holds the watermark. */
    readonly idleMs: number;
    /** Event times further ahead of the broker's timestamp are rejected. */
    readonly maxFutureMs: number;
    /** What becomes of fields of the message that no column reads: absent, they are left out. */
    readonly unknownFields?: 'keep' | 'evolve';
  };
  readonly table: TableName;
  readonly partition: readonly PartitionBy[];
  readonly windows: readonly WindowDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly batch: { readonly everyMs: number; readonly maxEvents: number };
  readonly retention?: Retention;
}
