import { siblingTable } from '../base/table-name';
import { formerNames } from '../pipeline/former-names';
import type { DataType, Pipeline, WindowDefinition } from '../pipeline/model';
import type { TableDefinition } from './create-table';
import type { ColumnDefinition } from './iceberg/schema';
import type { IcebergType, PrimitiveType } from './iceberg/types';

/** A pipeline type as Iceberg's; nested ids are 0 until a table is made of it (assignIds). */
export function icebergType(type: DataType): IcebergType {
  switch (type.kind) {
    case 'bigint':
      return 'long';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'list':
      return { type: 'list', 'element-id': 0, 'element-required': false, element: icebergType(type.element) };
    case 'map':
      return {
        type: 'map',
        'key-id': 0,
        key: icebergType(type.key),
        'value-id': 0,
        'value-required': false,
        value: icebergType(type.value),
      };
    case 'struct':
      return {
        type: 'struct',
        fields: type.fields.map((field) => ({
          id: 0,
          name: field.name,
          required: false,
          type: icebergType(field.type),
        })),
      };
    default:
      return type.kind;
  }
}

/** Where a row came from: first columns of every raw table, so that each row can be traced and counted. */
export const systemColumns: readonly ColumnDefinition[] = [
  required('_partition', 'int', "Kafka's partition"),
  required('_offset', 'long', "Kafka's offset"),
  required('_timestamp', 'timestamptz', "Kafka's timestamp of the record"),
];

/** Fields of the message that no column reads: JSON text by name. */
export const extraColumn: ColumnDefinition = {
  name: '_extra',
  type: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: 'string' },
  required: false,
  doc: 'fields of the message that no column reads, as JSON text',
};

/** The order of raw rows where the pipeline file names no other. */
export const rawOrder: readonly string[] = ['_partition', '_offset'];

/** Rows as they came, sorted by partition and offset unless the pipeline file says otherwise. */
export function rawTable(pipeline: Pipeline): TableDefinition {
  return {
    name: pipeline.table,
    columns: [
      ...systemColumns,
      ...pipeline.source.columns.map((column) => ({
        name: column.name,
        type: icebergType(column.type),
        required: column.required,
      })),
      ...(pipeline.source.unknownFields === undefined ? [] : [extraColumn]),
    ],
    partition: pipeline.partition,
    sortFields: pipeline.sort ?? rawOrder,
    settings: pipeline.properties ?? {},
    formerNames: formerNames(pipeline.source.columns),
  };
}

/** `<table>__rejected`: records that could not become rows, with their bytes and the reason. */
export function rejectedTable(pipeline: Pipeline): TableDefinition {
  return {
    name: siblingTable(pipeline.table, 'rejected'),
    columns: [
      required('_topic', 'string'),
      ...systemColumns,
      optional('key', 'string', 'the key as text'),
      optional('key_bytes', 'binary', 'only when the key is not exact UTF-8'),
      optional('payload', 'string', 'the value as text'),
      optional('payload_bytes', 'binary', 'only when the value is not exact UTF-8'),
      optional('column_name', 'string', 'the column that could not be filled'),
      required('reason', 'string'),
    ],
    partition: [{ column: '_timestamp', transform: { kind: 'day' } }],
    sortFields: ['_partition', '_offset'],
  };
}

/** `<window table>__late`: rows that came after their window had closed. */
export function lateTable(window: WindowDefinition): TableDefinition {
  return {
    name: siblingTable(window.table, 'late'),
    columns: [
      ...(window.streams.length > 0 ? [required('stream', 'string', 'events, or the alias of a joined stream')] : []),
      ...systemColumns,
      required('event_time', 'timestamptz'),
      required('window_start', 'timestamptz'),
      required('window_end', 'timestamptz'),
      required('watermark', 'timestamptz', 'the watermark that had passed the window'),
      required('delay_ms', 'long', 'watermark minus event time'),
    ],
    sortFields: ['_partition', '_offset'],
  };
}

/** `<raw table>__batches`: one row per batch and partition, and one per accepted gap, beside its raw table. One shared ledger would make the pipelines' merges conflict on one key. */
export function ledgerTable(pipeline: Pipeline): TableDefinition {
  return {
    name: siblingTable(pipeline.table, 'batches'),
    columns: [
      required('batch', 'long'),
      required('topic', 'string'),
      required('topic_id', 'string'),
      required('partition', 'int'),
      required('from_offset', 'long', 'first offset of the range'),
      required('to_offset', 'long', 'first offset after the range'),
      required('records', 'long', 'records read'),
      required('rows', 'long', 'rows in the raw table'),
      required('rejected', 'long', 'rows in the rejected table'),
      required('markers', 'long', 'offsets without a record: transaction markers, aborted records, gaps of compaction'),
      required('late', 'long'),
      optional('max_event_time', 'timestamptz'),
      optional('watermark', 'timestamptz', 'after the batch'),
      required('content_hash', 'string'),
      required('workflow_id', 'string'),
      required('planned_at', 'timestamptz'),
      optional('lost', 'long', 'offsets that were given up; 0 for a range that was read'),
      optional(
        'gap',
        'string',
        'why the row is a gap: OFFSETS_EXPIRED, OFFSETS_RESET, TOPIC_RECREATED; null for a range',
      ),
      optional('accepted_by', 'string', 'who accepted the gap'),
      optional('accepted_why', 'string'),
    ],
    sortFields: ['batch', 'partition'],
  };
}

/** A window table: what its query returns, sorted as it comes, not partitioned unless asked for. */
export function windowTable(window: WindowDefinition, columns: readonly ColumnDefinition[]): TableDefinition {
  return { name: window.table, columns, sortFields: window.sort ?? [], settings: window.properties ?? {} };
}

function required(name: string, type: PrimitiveType, doc?: string): ColumnDefinition {
  return { name, type, required: true, ...(doc !== undefined && { doc }) };
}

function optional(name: string, type: PrimitiveType, doc?: string): ColumnDefinition {
  return { name, type, required: false, ...(doc !== undefined && { doc }) };
}
