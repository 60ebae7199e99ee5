import { readAvroFile, writeAvroFile } from '../../../lake/iceberg/avro/container';
import type { AvroField, AvroRecord } from '../../../lake/iceberg/avro/schema';
import type { ManifestEntry } from '../../../lake/iceberg/manifest';
import { readManifest } from '../../../lake/iceberg/manifest-read';
import { writeManifest } from '../../../lake/iceberg/manifest-write';
import { readManifestList, writeManifestList, type ManifestFile } from '../../../lake/iceberg/manifest-list';
import type { DataFile, PartitionSpec, Schema } from '../../../lake/iceberg/types';
import { encodeValue, uuidBytes } from '../../../lake/iceberg/values';

const schema: Schema = {
  type: 'struct',
  'schema-id': 3,
  fields: [
    { id: 1, name: 'id', required: true, type: 'long' },
    { id: 2, name: 'price', required: false, type: 'decimal(20,2)' },
    { id: 3, name: 'key', required: false, type: 'uuid' },
    { id: 4, name: 'at', required: true, type: 'timestamptz' },
    { id: 5, name: 'odd name-1', required: false, type: 'string' },
  ],
};
const spec: PartitionSpec = {
  'spec-id': 2,
  fields: [
    { name: 'price', transform: 'identity', 'source-id': 2, 'field-id': 1000 },
    { name: 'key', transform: 'identity', 'source-id': 3, 'field-id': 1001 },
    { name: 'at_day', transform: 'day', 'source-id': 4, 'field-id': 1002 },
    { name: 'id_bucket', transform: 'bucket[16]', 'source-id': 1, 'field-id': 1003 },
    { name: 'odd name-1', transform: 'truncate[3]', 'source-id': 5, 'field-id': 1004 },
    { name: 'at', transform: 'identity', 'source-id': 4, 'field-id': 1005 },
  ],
};

const file = (name: string, changes: Partial<DataFile> = {}): DataFile => ({
  content: 0,
  filePath: `s3://lake/${name}.parquet`,
  fileFormat: 'PARQUET',
  specId: 2,
  partition: [-12345n, uuidBytes('f79c3e09-677c-4bbd-a479-3f349cb785e7'), 19_700, 7, 'abc', 1_700_000_000_000_001n],
  recordCount: 10n,
  fileSizeBytes: 1234n,
  columnSizes: new Map([
    [4, 30n],
    [1, 20n],
  ]),
  valueCounts: new Map([[1, 10n]]),
  nullValueCounts: new Map([[1, 0n]]),
  nanValueCounts: new Map(),
  lowerBounds: new Map([[1, encodeValue('long', 1n)]]),
  upperBounds: new Map([[1, encodeValue('long', 9n)]]),
  splitOffsets: [4n, 99n],
  sortOrderId: 1,
  ...changes,
});

const entries: readonly ManifestEntry[] = [
  { status: 1, snapshotId: 77n, file: file('added') },
  {
    status: 0,
    snapshotId: 9123456789012345678n,
    sequenceNumber: 3n,
    fileSequenceNumber: 4n,
    file: file('existing', { partition: [null, null, null, null, null, null] }),
  },
  { status: 2, snapshotId: 77n, sequenceNumber: 2n, fileSequenceNumber: 2n, file: file('deleted') },
];

const listed: ManifestFile = {
  path: 's3://lake/m.avro',
  lengthBytes: 1n,
  partitionSpecId: 2,
  content: 0,
  sequenceNumber: 5n,
  minSequenceNumber: 2n,
  addedSnapshotId: 77n,
  addedFiles: 1,
  existingFiles: 1,
  deletedFiles: 1,
  addedRows: 10n,
  existingRows: 10n,
  deletedRows: 10n,
};

const write = (items = entries) => writeManifest({ schema, spec, schemas: [schema], content: 0, entries: items });

describe('manifests', () => {
  test('come back as written; added entries inherit their numbers from the list', async () => {
    const read = await readManifest(write(), listed);
    expect(read.spec).toEqual(spec);
    expect(read.schema).toEqual(schema);
    expect(read.entries).toEqual([
      {
        status: 1,
        snapshotId: 77n,
        sequenceNumber: 5n,
        fileSequenceNumber: 5n,
        file: {
          ...file('added'),
          columnSizes: new Map([
            [1, 20n],
            [4, 30n],
          ]),
        },
      },
      entries[1],
      entries[2],
    ]);
  });

  test('have equal bytes for equal content, whatever the order in which metrics were put in', () => {
    const other = entries.map((entry) => ({
      ...entry,
      file: { ...entry.file, columnSizes: new Map([...entry.file.columnSizes].reverse()) },
    }));
    expect(write().equals(write(other))).toBe(true);
  });

  test('carry ids, schema and spec as the spec asks', async () => {
    const { schema: avro, metadata } = await readAvroFile(write());
    const entry = avro as AvroRecord;
    expect(entry.fields.map((field) => [field.name, field['field-id']])).toEqual([
      ['status', 0],
      ['snapshot_id', 1],
      ['sequence_number', 3],
      ['file_sequence_number', 4],
      ['data_file', 2],
    ]);
    const dataFile = entry.fields[4]!.type as AvroRecord;
    expect(dataFile.fields.map((field) => field['field-id'])).toEqual([
      134, 100, 101, 102, 103, 104, 108, 109, 110, 137, 125, 128, 131, 132, 135, 140, 143,
    ]);
    const partition = dataFile.fields[3]!.type as AvroRecord;
    expect(partition.fields.map((field) => [field.name, field['field-id']])).toEqual([
      ['price', 1000],
      ['key', 1001],
      ['at_day', 1002],
      ['id_bucket', 1003],
      ['odd_x20name_x2D1', 1004],
      ['at', 1005],
    ]);
    expect(partition.fields[2]!.type).toEqual(['null', { type: 'int', logicalType: 'date' }]);
    expect(Object.fromEntries(metadata)).toMatchObject({
      'format-version': '2',
      content: 'data',
      'partition-spec-id': '2',
      'schema-id': '3',
      'avro.codec': 'deflate',
      'partition-spec': JSON.stringify(spec.fields),
    });
  });

  test('refuse to be empty, mixed, or without explicit numbers for old entries', () => {
    expect(() => write([])).toThrow(/at least one entry/);
    expect(() => write([{ status: 1, file: file('x', { content: 1 }) }])).toThrow(/cannot hold/);
    expect(() => write([{ status: 0, file: file('x') }])).toThrow(/explicit sequence numbers/);
    expect(() => write([{ status: 1, file: file('x', { specId: 0 }) }])).toThrow(/spec 2 cannot hold/);
  });

  test('of other writers are read by field id: other names, other order, extra fields, ids missing, metrics missing', async () => {
    const { schema: avro, metadata, records } = await readAvroFile(write([entries[0]!]));
    const entry = avro as AvroRecord;
    const dataFile = entry.fields[4]!.type as AvroRecord;
    const renamed = (field: AvroField): AvroField =>
      field['field-id'] === 100 ? { ...field, name: 'the_path' } : field;
    const withoutIds = ({ 'field-id': _id, ...field }: AvroField): AvroField => field;
    const foreignFile: AvroRecord = {
      ...dataFile,
      fields: [
        { name: 'writer_extra', type: 'string', 'field-id': 9999 },
        ...dataFile.fields
          .filter((field) => ![108, 137, 132, 143, 131].includes(field['field-id']!))
          .map(renamed)
          .reverse(),
      ],
    };
    const foreign: AvroRecord = {
      ...entry,
      name: 'entry',
      fields: [...entry.fields.slice(0, 4).map(withoutIds), { ...entry.fields[4]!, type: foreignFile }].reverse(),
    };
    const raw = records[0] as Record<string, Record<string, unknown>>;
    const asArray = (value: unknown) =>
      value instanceof Map ? [...value].map(([key, item]) => ({ key, value: item })) : value;
    const rawFile = Object.fromEntries(Object.entries(raw['data_file']!).map(([key, value]) => [key, asArray(value)]));
    const bytes = writeAvroFile({
      schema: foreign,
      metadata: Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('avro.'))),
      records: [{ ...raw, data_file: { ...rawFile, writer_extra: 'hello', the_path: rawFile['file_path'] } }],
      codec: 'null',
    });
    const read = await readManifest(bytes, listed);
    const { splitOffsets: _none, ...expected } = file('added', { columnSizes: new Map() });
    expect(read.entries[0]).toEqual({
      status: 1,
      snapshotId: 77n,
      sequenceNumber: 5n,
      fileSequenceNumber: 5n,
      file: expected,
    });
  });

  test('refuse files that are not Parquet', async () => {
    const bytes = write([{ status: 1, file: { ...file('x'), fileFormat: 'ORC' as 'PARQUET' } }]);
    await expect(readManifest(bytes, listed)).rejects.toMatchObject({
      code: 'UNSUPPORTED_TABLE',
      message: expect.stringContaining('ORC'),
    });
  });
});

describe('manifest lists', () => {
  const manifests: readonly ManifestFile[] = [
    {
      ...listed,
      partitions: [
        { containsNull: true },
        { containsNull: false, containsNan: false, lowerBound: Buffer.from([1]), upperBound: Buffer.from([2]) },
      ],
    },
    { ...listed, path: 's3://lake/n.avro', content: 1, addedSnapshotId: 9123456789012345678n },
  ];

  test('come back as written, with equal bytes for equal input', async () => {
    const input = { snapshotId: 77n, parentSnapshotId: undefined, sequenceNumber: 5n, manifests };
    const bytes = writeManifestList(input);
    expect(bytes.equals(writeManifestList(input))).toBe(true);
    expect(await readManifestList(bytes)).toEqual(manifests);
    expect(Object.fromEntries((await readAvroFile(bytes)).metadata)).toMatchObject({
      'snapshot-id': '77',
      'parent-snapshot-id': 'null',
      'sequence-number': '5',
      'format-version': '2',
    });
  });
});
