import { parseJson, toBigInt } from '../../base/json';
import { SluiceError } from '../../base/errors';
import { readAvroFile } from '../iceberg/avro/container';
import { corrupt } from '../iceberg/avro/decode';
import { fieldReader, recordOf } from '../iceberg/field-reader';
import type { DecodedRecord } from '../iceberg/field-reader';
import { normalUri } from './place';

/** What one metadata.json keeps alive, of any format version: the sweep must understand tables that nothing else here reads. */
export interface MetadataFiles {
  readonly location: string;
  readonly snapshots: readonly {
    readonly snapshotId: bigint;
    readonly manifestList?: string;
    /** Format version 1 may name manifests without a list. */
    readonly manifests: readonly string[];
  }[];
  /** Earlier metadata files, statistics. */
  readonly files: readonly string[];
  /** Other places that the table's settings write to. */
  readonly places: readonly string[];
}

interface RawMetadata {
  readonly location?: string;
  readonly snapshots?: readonly {
    readonly 'snapshot-id': number | bigint;
    readonly 'manifest-list'?: string;
    readonly manifests?: readonly string[];
  }[];
  readonly 'metadata-log'?: readonly { readonly 'metadata-file': string }[];
  readonly statistics?: readonly { readonly 'statistics-path'?: string }[];
  readonly 'partition-statistics'?: readonly { readonly 'statistics-path'?: string }[];
  readonly properties?: Readonly<Record<string, string>>;
}

const placeProperties = [
  'write.data.path',
  'write.metadata.path',
  'write.object-storage.path',
  'write.folder-storage.path',
];

/** Throws UNSUPPORTED_TABLE for a document that is no table metadata. */
export function readMetadataFiles(text: string, uri: string): MetadataFiles {
  const raw = parseJson<RawMetadata>(text);
  if (typeof raw.location !== 'string') throw new SluiceError('UNSUPPORTED_TABLE', `${uri} names no table location`);
  const paths = (list: readonly { readonly 'statistics-path'?: string }[] | undefined): readonly string[] =>
    (list ?? []).flatMap((entry) => (entry['statistics-path'] === undefined ? [] : [entry['statistics-path']]));
  return {
    location: normalUri(raw.location).replace(/\/+$/, ''),
    snapshots: (raw.snapshots ?? []).map((snapshot) => ({
      snapshotId: toBigInt(snapshot['snapshot-id']),
      ...(snapshot['manifest-list'] === undefined ? {} : { manifestList: normalUri(snapshot['manifest-list']) }),
      manifests: (snapshot.manifests ?? []).map(normalUri),
    })),
    files: [
      ...(raw['metadata-log'] ?? []).map((entry) => entry['metadata-file']),
      ...paths(raw.statistics),
      ...paths(raw['partition-statistics']),
    ].map(normalUri),
    places: placeProperties.flatMap((name) => {
      const place = raw.properties?.[name];
      return place === undefined ? [] : [normalUri(place).replace(/\/+$/, '')];
    }),
  };
}

/** Paths of the live files of a manifest of any version and file format. Throws UNSUPPORTED_TABLE for damage. */
export async function readManifestFiles(bytes: Buffer, uri: string): Promise<readonly string[]> {
  const avro = await readAvroFile(bytes);
  const record = recordOf(avro.schema);
  if (!record) throw corrupt(`${uri} holds no records`);
  const entry = fieldReader(record, { 0: 'status', 2: 'data_file' });
  const file = fieldReader(entry.nested(2), { 100: 'file_path' });
  return (avro.records as readonly DecodedRecord[]).flatMap((raw) =>
    entry.need(raw, 0) === 2 ? [] : [normalUri(file.need(entry.need(raw, 2) as DecodedRecord, 100) as string)],
  );
}
