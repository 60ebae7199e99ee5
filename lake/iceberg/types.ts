/**
 * Iceberg v2 as its JSON documents spell it (spec "Table Metadata", appendix C): the keys are the spec's own, so a
 * metadata.json is this type printed. 64-bit ids are bigint.
 */
export type PrimitiveType =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'string'
  | 'uuid'
  | 'binary'
  | `decimal(${number},${number})`
  | `fixed[${number}]`;

export type IcebergType = PrimitiveType | StructType | ListType | MapType;

export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly Field[];
}

export interface ListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly 'element-required': boolean;
  readonly element: IcebergType;
}

export interface MapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: IcebergType;
  readonly 'value-id': number;
  readonly 'value-required': boolean;
  readonly value: IcebergType;
}

export interface Field {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
}

/** Every field that was ever inside one struct, by id in the order in which they appeared, each with the names that it had. */
export type StructHistory = ReadonlyMap<number, { readonly names: readonly string[]; readonly last: Field }>;

/** Key of what a reader must know of a schema beside its JSON; see struct-history.ts. */
export const structHistory: unique symbol = Symbol('struct history');

export interface Schema extends StructType {
  readonly 'schema-id': number;
  /** By the id of the field that holds the struct; only structs that lost or renamed a field. Never written. */
  readonly [structHistory]?: ReadonlyMap<number, StructHistory>;
}

export interface PartitionField {
  readonly name: string;
  /** identity, bucket[N], truncate[W], year, month, day, hour, void */
  readonly transform: string;
  readonly 'source-id': number;
  readonly 'field-id': number;
}

export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
}

export interface SortField {
  readonly transform: string;
  readonly 'source-id': number;
  readonly direction: 'asc' | 'desc';
  readonly 'null-order': 'nulls-first' | 'nulls-last';
}

export interface SortOrder {
  readonly 'order-id': number;
  readonly fields: readonly SortField[];
}

export type Operation = 'append' | 'overwrite' | 'replace' | 'delete';

export interface Snapshot {
  readonly 'snapshot-id': bigint;
  readonly 'parent-snapshot-id'?: bigint;
  readonly 'sequence-number': bigint;
  readonly 'timestamp-ms': number;
  readonly 'manifest-list': string;
  readonly 'schema-id'?: number;
  readonly summary: { readonly operation: Operation } & Readonly<Record<string, string>>;
}

export interface SnapshotRef {
  readonly 'snapshot-id': bigint;
  readonly type: 'branch' | 'tag';
  readonly [key: string]: unknown;
}

export interface TableMetadata {
  readonly 'format-version': 2;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-sequence-number': bigint;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly schemas: readonly Schema[];
  readonly 'current-schema-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'default-spec-id': number;
  readonly 'last-partition-id': number;
  readonly 'sort-orders': readonly SortOrder[];
  readonly 'default-sort-order-id': number;
  readonly properties: Readonly<Record<string, string>>;
  readonly 'current-snapshot-id'?: bigint;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': bigint }[];
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
  readonly refs?: Readonly<Record<string, SnapshotRef>>;
  readonly statistics?: readonly unknown[];
  readonly 'partition-statistics'?: readonly unknown[];
}

/**
 * A partition value as the manifest's tuple holds it, after the transform:
 * number for int, date, year, month, day, hour, bucket; bigint for long, timestamp(tz) micros and unscaled decimals.
 */
export type PartitionValue = null | boolean | number | bigint | string | Buffer;

/** `data_file` of a manifest (spec "Manifests"), for data (0), position deletes (1) and equality deletes (2). */
export interface DataFile {
  readonly content: 0 | 1 | 2;
  readonly filePath: string;
  readonly fileFormat: 'PARQUET';
  readonly specId: number;
  /** In the order of the spec's fields. */
  readonly partition: readonly PartitionValue[];
  readonly recordCount: bigint;
  readonly fileSizeBytes: bigint;
  /** By leaf field id. */
  readonly columnSizes: ReadonlyMap<number, bigint>;
  readonly valueCounts: ReadonlyMap<number, bigint>;
  readonly nullValueCounts: ReadonlyMap<number, bigint>;
  readonly nanValueCounts: ReadonlyMap<number, bigint>;
  /** Single-value serialization (spec appendix D), truncated to 16 code points or bytes. */
  readonly lowerBounds: ReadonlyMap<number, Buffer>;
  readonly upperBounds: ReadonlyMap<number, Buffer>;
  readonly splitOffsets?: readonly bigint[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  readonly referencedDataFile?: string;
}
