import { readAvroFile, writeAvroFile } from './avro/container';
import { corrupt } from './avro/decode';
import { optional, type AvroRecord } from './avro/schema';
import { fieldReader, recordOf, type DecodedRecord } from './field-reader';

/** Summary of one partition field over a manifest (spec "Manifest Lists", field_summary). Bounds are of the transform's result type. */
export interface FieldSummary {
  readonly containsNull: boolean;
  readonly containsNan?: boolean;
  readonly lowerBound?: Buffer;
  readonly upperBound?: Buffer;
}

/** One manifest as a manifest list names it. */
export interface ManifestFile {
  readonly path: string;
  readonly lengthBytes: bigint;
  readonly partitionSpecId: number;
  readonly content: 0 | 1;
  readonly sequenceNumber: bigint;
  readonly minSequenceNumber: bigint;
  readonly addedSnapshotId: bigint;
  readonly addedFiles: number;
  readonly existingFiles: number;
  readonly deletedFiles: number;
  readonly addedRows: bigint;
  readonly existingRows: bigint;
  readonly deletedRows: bigint;
  /** In the order of the spec's fields; absent when the writer gave none. */
  readonly partitions?: readonly FieldSummary[];
}

/** Iceberg v2 manifest list, spec "Manifest Lists": ids beside names, in the spec's order. */
const schema: AvroRecord = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string', 'field-id': 500 },
    { name: 'manifest_length', type: 'long', 'field-id': 501 },
    { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
    { name: 'content', type: 'int', 'field-id': 517 },
    { name: 'sequence_number', type: 'long', 'field-id': 515 },
    { name: 'min_sequence_number', type: 'long', 'field-id': 516 },
    { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
    { name: 'added_files_count', type: 'int', 'field-id': 504 },
    { name: 'existing_files_count', type: 'int', 'field-id': 505 },
    { name: 'deleted_files_count', type: 'int', 'field-id': 506 },
    { name: 'added_rows_count', type: 'long', 'field-id': 512 },
    { name: 'existing_rows_count', type: 'long', 'field-id': 513 },
    { name: 'deleted_rows_count', type: 'long', 'field-id': 514 },
    {
      name: 'partitions',
      'field-id': 507,
      default: null,
      type: optional({
        type: 'array',
        'element-id': 508,
        items: {
          type: 'record',
          name: 'r508',
          fields: [
            { name: 'contains_null', type: 'boolean', 'field-id': 509 },
            { name: 'contains_nan', type: optional('boolean'), default: null, 'field-id': 518 },
            { name: 'lower_bound', type: optional('bytes'), default: null, 'field-id': 510 },
            { name: 'upper_bound', type: optional('bytes'), default: null, 'field-id': 511 },
          ],
        },
      }),
    },
    { name: 'key_metadata', type: optional('bytes'), default: null, 'field-id': 519 },
  ],
};

const names: Readonly<Record<number, string>> = Object.fromEntries(
  schema.fields.map((field) => [field['field-id']!, field.name]),
);
const summaryNames = { 509: 'contains_null', 518: 'contains_nan', 510: 'lower_bound', 511: 'upper_bound' };

export interface ManifestListInput {
  readonly snapshotId: bigint;
  readonly parentSnapshotId: bigint | undefined;
  readonly sequenceNumber: bigint;
  readonly manifests: readonly ManifestFile[];
}

export function writeManifestList({
  snapshotId,
  parentSnapshotId,
  sequenceNumber,
  manifests,
}: ManifestListInput): Buffer {
  return writeAvroFile({
    schema,
    metadata: {
      'snapshot-id': String(snapshotId),
      'parent-snapshot-id': parentSnapshotId === undefined ? 'null' : String(parentSnapshotId),
      'sequence-number': String(sequenceNumber),
      'format-version': '2',
    },
    records: manifests.map((m) => ({
      manifest_path: m.path,
      manifest_length: m.lengthBytes,
      partition_spec_id: m.partitionSpecId,
      content: m.content,
      sequence_number: m.sequenceNumber,
      min_sequence_number: m.minSequenceNumber,
      added_snapshot_id: m.addedSnapshotId,
      added_files_count: m.addedFiles,
      existing_files_count: m.existingFiles,
      deleted_files_count: m.deletedFiles,
      added_rows_count: m.addedRows,
      existing_rows_count: m.existingRows,
      deleted_rows_count: m.deletedRows,
      partitions:
        m.partitions?.map((s) => ({
          contains_null: s.containsNull,
          contains_nan: s.containsNan,
          lower_bound: s.lowerBound,
          upper_bound: s.upperBound,
        })) ?? null,
      key_metadata: null,
    })),
  });
}

/** Reads a manifest list of any v1 or v2 writer: v1 has no sequence numbers (they are 0) and no content (it is data). */
export async function readManifestList(bytes: Buffer): Promise<readonly ManifestFile[]> {
  const avro = await readAvroFile(bytes);
  const record = recordOf(avro.schema);
  if (!record) throw corrupt('a manifest list holds no records');
  const reader = fieldReader(record, names);
  const summaryRecord = recordOf(
    record.fields.find((field) => field['field-id'] === 507 || field.name === 'partitions')?.type ?? 'null',
  );
  const summary = summaryRecord && fieldReader(summaryRecord, summaryNames);
  return (avro.records as readonly DecodedRecord[]).map((raw): ManifestFile => {
    const partitions = reader.get(raw, 507) as readonly DecodedRecord[] | undefined;
    if (reader.get(raw, 519) !== undefined) throw corrupt('the manifest is encrypted');
    return {
      path: reader.need(raw, 500) as string,
      lengthBytes: reader.need(raw, 501) as bigint,
      partitionSpecId: (reader.get(raw, 502) as number | undefined) ?? 0,
      content: ((reader.get(raw, 517) as number | undefined) ?? 0) as 0 | 1,
      sequenceNumber: (reader.get(raw, 515) as bigint | undefined) ?? 0n,
      minSequenceNumber: (reader.get(raw, 516) as bigint | undefined) ?? 0n,
      addedSnapshotId: (reader.get(raw, 503) as bigint | undefined) ?? 0n,
      // An absent count means unknown in v1: 1 keeps the manifest from being taken for empty.
      addedFiles: (reader.get(raw, 504) as number | undefined) ?? 1,
      existingFiles: (reader.get(raw, 505) as number | undefined) ?? 1,
      deletedFiles: (reader.get(raw, 506) as number | undefined) ?? 1,
      addedRows: (reader.get(raw, 512) as bigint | undefined) ?? 0n,
      existingRows: (reader.get(raw, 513) as bigint | undefined) ?? 0n,
      deletedRows: (reader.get(raw, 514) as bigint | undefined) ?? 0n,
      ...(partitions && summary && { partitions: partitions.map((s) => readSummary(s, summary)) }),
    };
  });
}

function readSummary(raw: DecodedRecord, reader: ReturnType<typeof fieldReader>): FieldSummary {
  const containsNan = reader.get(raw, 518) as boolean | undefined;
  const lowerBound = reader.get(raw, 510) as Buffer | undefined;
  const upperBound = reader.get(raw, 511) as Buffer | undefined;
  return {
    containsNull: (reader.get(raw, 509) as boolean | undefined) ?? true,
    ...(containsNan !== undefined && { containsNan }),
    ...(lowerBound && { lowerBound }),
    ...(upperBound && { upperBound }),
  };
}
