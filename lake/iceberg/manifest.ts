import { parseJson, stringifyJson } from '../../base/json';
import { SluiceError } from '../../base/errors';
import { corrupt } from './avro/decode';
import { readAvroFile, writeAvroFile } from './avro/container';
import { fieldReader, recordOf, type DecodedRecord, type FieldReader } from './field-reader';
import { avroName, decimalBytes, manifestEntrySchema } from './manifest-schema';
import type { ManifestFile } from './manifest-list';
import { partitionTypes } from './schema';
import type { DataFile, PartitionField, PartitionSpec, PartitionValue, PrimitiveType, Schema } from './types';
import { decimalOf, fromSignedBytes, kindOf, signedBytesOf, toValue, uuidText } from './values';

/** 0 existing, 1 added, 2 deleted. */
export type EntryStatus = 0 | 1 | 2;

/** One line of a manifest. As written: undefined numbers are inherited from the manifest list; as read: always resolved. */
export interface ManifestEntry {
  readonly status: EntryStatus;
  readonly snapshotId?: bigint;
  readonly sequenceNumber?: bigint;
  readonly fileSequenceNumber?: bigint;
  readonly file: DataFile;
}

/** An entry whose inherited numbers are filled in. */
export type LiveEntry = Required<ManifestEntry>;

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

const entryNames = { 0: 'status', 1: 'snapshot_id', 3: 'sequence_number', 4: 'file_sequence_number', 2: 'data_file' };
const fileNames = {
  134: 'content',
  100: 'file_path',
  101: 'file_format',
  102: 'partition',
  103: 'record_count',
  104: 'file_size_in_bytes',
  108: 'column_sizes',
  109: 'value_counts',
  110: 'null_value_counts',
  137: 'nan_value_counts',
  125: 'lower_bounds',
  128: 'upper_bounds',
  132: 'split_offsets',
  135: 'equality_ids',
  140: 'sort_order_id',
  143: 'referenced_data_file',
  131: 'key_metadata',
};

export interface ReadManifest {
  /** The schema and spec that the manifest was written with. */
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly entries: readonly LiveEntry[];
}

/**
 * Reads a manifest of any v1 or v2 writer. `listed` is its line in the manifest list: it supplies the numbers that entries inherit.
 * Throws UNSUPPORTED_TABLE for other file formats than Parquet, encrypted files, or damage.
 */
export async function readManifest(bytes: Buffer, listed: ManifestFile): Promise<ReadManifest> {
  const avro = await readAvroFile(bytes);
  const record = recordOf(avro.schema);
  if (!record) throw corrupt(`${listed.path} holds no records`);
  const schemaText = avro.metadata.get('schema');
  const specText = avro.metadata.get('partition-spec');
  if (schemaText === undefined || specText === undefined)
    throw corrupt(`${listed.path} has no schema or partition-spec in its header`);
  const bare = parseJson<Schema>(schemaText);
  const schema: Schema = { ...bare, 'schema-id': bare['schema-id'] ?? Number(avro.metadata.get('schema-id') ?? 0) };
  const spec: PartitionSpec = {
    'spec-id': listed.partitionSpecId,
    fields: parseJson<PartitionField[]>(specText).map((field, index) => ({
      ...field,
      'field-id': field['field-id'] ?? 1000 + index,
    })),
  };

  const entry = fieldReader(record, entryNames);
  const file = fieldReader(entry.nested(2), fileNames);
  const parts: FileParts = {
    reader: file,
    partition: partitionReader(file, spec, partitionTypes(spec, [schema])),
    shared: sharedMaps(),
    listed,
  };
  const entries = (avro.records as readonly DecodedRecord[]).map((raw): LiveEntry => {
    const status = entry.need(raw, 0) as EntryStatus;
    const dataSequence = (entry.get(raw, 3) as bigint | undefined) ?? listed.sequenceNumber;
    return {
      status,
      snapshotId: (entry.get(raw, 1) as bigint | undefined) ?? listed.addedSnapshotId,
      sequenceNumber: dataSequence,
      fileSequenceNumber: (entry.get(raw, 4) as bigint | undefined) ?? listed.sequenceNumber,
      file: readDataFile(entry.need(raw, 2) as DecodedRecord, parts),
    };
  });
  return { schema, spec, entries };
}

interface FileParts {
  readonly reader: FieldReader;
  readonly partition: (raw: DecodedRecord) => readonly PartitionValue[];
  readonly shared: <V extends bigint>(map: ReadonlyMap<number, V>) => ReadonlyMap<number, V>;
  readonly listed: ManifestFile;
}

function readDataFile(raw: DecodedRecord, { reader, partition, shared, listed }: FileParts): DataFile {
  const filePath = reader.need(raw, 100) as string;
  const format = (reader.need(raw, 101) as string).toUpperCase();
  if (format !== 'PARQUET')
    throw new SluiceError('UNSUPPORTED_TABLE', `${filePath} has format ${format}; only PARQUET is read`);
  if (reader.get(raw, 131) !== undefined) throw new SluiceError('UNSUPPORTED_TABLE', `${filePath} is encrypted`);
  const splitOffsets = reader.get(raw, 132) as readonly bigint[] | undefined;
  const equalityIds = reader.get(raw, 135) as readonly number[] | undefined;
  const sortOrderId = reader.get(raw, 140) as number | undefined;
  const referencedDataFile = reader.get(raw, 143) as string | undefined;
  return {
    content: ((reader.get(raw, 134) as number | undefined) ?? 0) as 0 | 1 | 2,
    filePath,
    fileFormat: 'PARQUET',
    specId: listed.partitionSpecId,
    partition: partition(reader.need(raw, 102) as DecodedRecord),
    recordCount: reader.need(raw, 103) as bigint,
    fileSizeBytes: reader.need(raw, 104) as bigint,
    columnSizes: toMap(reader.get(raw, 108)),
    valueCounts: shared(toMap(reader.get(raw, 109))),
    nullValueCounts: shared(toMap(reader.get(raw, 110))),
    nanValueCounts: shared(toMap(reader.get(raw, 137))),
    lowerBounds: toMap(reader.get(raw, 125)),
    upperBounds: toMap(reader.get(raw, 128)),
    ...(splitOffsets && { splitOffsets }),
    ...(equalityIds && { equalityIds }),
    ...(sortOrderId !== undefined && { sortOrderId }),
    ...(referencedDataFile !== undefined && { referencedDataFile }),
  };
}

/** Partition values by field id, in the order of the spec, in the form that PartitionValue promises. */
function partitionReader(
  file: FieldReader,
  spec: PartitionSpec,
  types: readonly (PrimitiveType | undefined)[],
): (raw: DecodedRecord) => readonly PartitionValue[] {
  const names = Object.fromEntries(spec.fields.map((field) => [field['field-id'], avroName(field.name)]));
  const reader = fieldReader(file.nested(102), names);
  return (raw) =>
    spec.fields.map((field, index) => {
      const value = reader.get(raw, field['field-id']);
      if (value === undefined) return null;
      const type = types[index];
      if (type === undefined) return value as PartitionValue;
      switch (kindOf(type)) {
        case 'decimal':
          return fromSignedBytes(value as Buffer);
        case 'uuid': // some writers use Avro's string form
          return toValue('uuid', typeof value === 'string' ? value : uuidText(value as Buffer));
        default:
          return toValue(type, value as Exclude<PartitionValue, null>);
      }
    });
}

/** Counts of files in one manifest are often equal (no nulls, no NaN, files of one size): one map for all of them saves much of a cached manifest's memory. */
function sharedMaps(): FileParts['shared'] {
  const seen = new Map<string, ReadonlyMap<number, bigint>>();
  return <V extends bigint>(map: ReadonlyMap<number, V>) => {
    let key = '';
    for (const [id, count] of map) key += `${id}:${count};`;
    const known = seen.get(key);
    if (known) return known as ReadonlyMap<number, V>;
    seen.set(key, map);
    return map;
  };
}

/** Metric maps come as a Map from writers that mark them so, as an array of key-value records from others. */
function toMap<V>(value: unknown): ReadonlyMap<number, V> {
  if (value instanceof Map) return value as Map<number, V>;
  return new Map(((value ?? []) as readonly { key: number; value: V }[]).map((pair) => [pair.key, pair.value]));
}
