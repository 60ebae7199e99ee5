import { parseJson } from '../../base/json';
import { SluiceError } from '../../base/errors';
import { corrupt } from './avro/decode';
import { readAvroFile } from './avro/container';
import { fieldReader, recordOf, type DecodedRecord, type FieldReader } from './field-reader';
import type { EntryStatus, LiveEntry, ReadManifest } from './manifest';
import { avroName } from './manifest-schema';
import type { ManifestFile } from './manifest-list';
import { partitionTypes } from './schema';
import type { DataFile, PartitionField, PartitionSpec, PartitionValue, PrimitiveType, Schema } from './types';
import { fromSignedBytes, kindOf, toValue, uuidText } from './values';

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
