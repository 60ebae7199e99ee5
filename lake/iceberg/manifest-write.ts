import { stringifyJson } from '../../base/json';
import { SluiceError } from '../../base/errors';
import { writeAvroFile } from './avro/container';
import type { DecodedRecord } from './field-reader';
import type { ManifestEntry } from './manifest';
import { avroName, decimalBytes, manifestEntrySchema } from './manifest-schema';
import { partitionTypes } from './schema';
import type { DataFile, PartitionField, PartitionSpec, PartitionValue, PrimitiveType, Schema } from './types';
import { decimalOf, signedBytesOf, toValue } from './values';

export interface ManifestInput {
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  /** All schemas of the table: source columns of the spec may be gone from the current one. */
  readonly schemas: readonly Schema[];
  readonly content: 0 | 1;
  readonly entries: readonly ManifestEntry[];
}

/**
 * A v2 manifest as bytes: equal input, equal bytes. Throws INTERNAL for an empty manifest (readers refuse one), mixed content
 * or a deleted or existing entry without its sequence numbers.
 */
export function writeManifest({ schema, spec, schemas, content, entries }: ManifestInput): Buffer {
  if (entries.length === 0) throw new SluiceError('INTERNAL', 'a manifest needs at least one entry');
  const types = partitionTypes(spec, schemas);
  return writeAvroFile({
    schema: manifestEntrySchema(spec, types),
    metadata: {
      schema: stringifyJson(schema),
      'schema-id': String(schema['schema-id']),
      'partition-spec': stringifyJson(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': '2',
      content: content === 0 ? 'data' : 'deletes',
    },
    records: entries.map((entry) => entryRecord(entry, content, spec, types)),
  });
}

function entryRecord(
  entry: ManifestEntry,
  content: 0 | 1,
  spec: PartitionSpec,
  types: readonly (PrimitiveType | undefined)[],
): DecodedRecord {
  const { file } = entry;
  if ((file.content === 0) !== (content === 0))
    throw new SluiceError(
      'INTERNAL',
      `manifest of content ${content} cannot hold ${file.filePath} of content ${file.content}`,
    );
  if (file.specId !== spec['spec-id'])
    throw new SluiceError(
      'INTERNAL',
      `manifest of spec ${spec['spec-id']} cannot hold ${file.filePath} of spec ${file.specId}`,
    );
  if (entry.status !== 1 && (entry.sequenceNumber === undefined || entry.fileSequenceNumber === undefined)) {
    throw new SluiceError(
      'INTERNAL',
      `entry of status ${entry.status} needs explicit sequence numbers: ${file.filePath}`,
    );
  }
  return {
    status: entry.status,
    snapshot_id: entry.snapshotId ?? null,
    sequence_number: entry.sequenceNumber ?? null,
    file_sequence_number: entry.fileSequenceNumber ?? null,
    data_file: {
      content: file.content,
      file_path: file.filePath,
      file_format: file.fileFormat,
      partition: partitionRecord(file, spec, types),
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeBytes,
      column_sizes: pairs(file.columnSizes),
      value_counts: pairs(file.valueCounts),
      null_value_counts: pairs(file.nullValueCounts),
      nan_value_counts: pairs(file.nanValueCounts),
      lower_bounds: pairs(file.lowerBounds),
      upper_bounds: pairs(file.upperBounds),
      key_metadata: null,
      split_offsets: file.splitOffsets ?? null,
      equality_ids: file.equalityIds ?? null,
      sort_order_id: file.sortOrderId ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  };
}

function partitionRecord(
  file: DataFile,
  spec: PartitionSpec,
  types: readonly (PrimitiveType | undefined)[],
): DecodedRecord {
  if (file.partition.length !== spec.fields.length) {
    throw new SluiceError(
      'INTERNAL',
      `${file.filePath}: expected ${spec.fields.length} partition values, found ${file.partition.length}`,
    );
  }
  return Object.fromEntries(
    spec.fields.map((field, index) => [
      avroName(field.name),
      avroPartitionValue(file, field, types[index], file.partition[index]!),
    ]),
  );
}

function avroPartitionValue(
  file: DataFile,
  field: PartitionField,
  type: PrimitiveType | undefined,
  value: PartitionValue,
): unknown {
  if (value === null) return null;
  if (type === undefined) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `partition field ${field.name} (${field.transform}) of ${file.filePath} cannot be rewritten: its type is not known`,
    );
  }
  const exact = toValue(type, value);
  const decimal = decimalOf(type);
  return decimal ? signedBytesOf(exact as bigint, decimalBytes(decimal.precision)) : exact;
}

/** In order of ids, so that the order of insertion does not change bytes; an empty map is left out. */
function pairs<V>(map: ReadonlyMap<number, V>): readonly { key: number; value: V }[] | null {
  if (map.size === 0) return null;
  return [...map].sort(([a], [b]) => a - b).map(([key, value]) => ({ key, value }));
}
