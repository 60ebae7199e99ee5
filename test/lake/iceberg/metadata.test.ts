import {
  currentSnapshot,
  nextVersion,
  snapshotIdFor,
  versionProperty,
  withSnapshot,
} from '../../../lake/iceberg/metadata';
import { formatTableMetadata, parseTableMetadata } from '../../../lake/iceberg/metadata-json';
import { metadataUri, metadataVersion } from '../../../lake/iceberg/metadata-name';
import type { Snapshot, TableMetadata } from '../../../lake/iceberg/types';
import { newTable } from '../fixtures';

const snapshot = (id: bigint, sequence: bigint, timestampMs: number): Snapshot => ({
  'snapshot-id': id,
  'sequence-number': sequence,
  'timestamp-ms': timestampMs,
  'manifest-list': `s3://lake/snap-${id}.avro`,
  'schema-id': 0,
  summary: { operation: 'append' },
});

const start = newTable().metadata;
const step = (previous: TableMetadata, version: number, timestampMs = 2_000_000_000_000 + version) =>
  nextVersion({ previous, previousUri: `s3://lake/${version - 1}.json`, version, timestampMs });

describe('metadata.json', () => {
  test('survives printing and parsing, 19-digit foreign snapshot ids included', () => {
    const foreign = withSnapshot(step(start, 1), snapshot(9123456789012345678n, 1n, 1));
    const text = formatTableMetadata(foreign);
    expect(text).toContain('"snapshot-id":9123456789012345678');
    expect(parseTableMetadata(text, 'x')).toEqual(foreign);
    expect(formatTableMetadata(parseTableMetadata(text, 'x'))).toBe(text);
  });

  test('keeps keys that it does not know, of the table, its snapshots, refs and schemas', () => {
    const text = formatTableMetadata(withSnapshot(step(start, 1), snapshot(5n, 1n, 1)));
    const document = JSON.parse(text);
    document['encryption-keys'] = [{ 'key-id': 'a', big: 1 }];
    document.snapshots[0]['first-row-id'] = 12;
    document.refs.main['max-ref-age-ms'] = 99;
    document.refs.tagged = { 'snapshot-id': 5, type: 'tag' };
    document.schemas[0]['identifier-field-ids'] = [1];
    const parsed = parseTableMetadata(JSON.stringify(document), 'x');
    const again = JSON.parse(formatTableMetadata(withSnapshot(step(parsed, 2), snapshot(6n, 2n, 2))));
    expect(again['encryption-keys']).toEqual(document['encryption-keys']);
    expect(again.snapshots[0]['first-row-id']).toBe(12);
    expect(again.refs).toEqual({
      main: { 'snapshot-id': 6, type: 'branch', 'max-ref-age-ms': 99 },
      tagged: { 'snapshot-id': 5, type: 'tag' },
    });
    expect(again.schemas[0]['identifier-field-ids']).toEqual([1]);
  });

  test('takes what others leave out or write as -1', () => {
    const {
      refs: _r,
      snapshots: _s,
      properties: _p,
      'snapshot-log': _l,
      'metadata-log': _m,
      ...bare
    } = JSON.parse(formatTableMetadata(start));
    const parsed = parseTableMetadata(JSON.stringify({ ...bare, 'current-snapshot-id': -1 }), 'x');
    expect(parsed['current-snapshot-id']).toBeUndefined();
    expect(parsed).toMatchObject({ snapshots: [], properties: {}, 'snapshot-log': [], 'metadata-log': [] });
    expect(formatTableMetadata(parsed)).toContain('"current-snapshot-id":-1,'); // without the key Nessie's REST answers 500
  });

  test('of another format version is refused', () => {
    expect(() => parseTableMetadata('{"format-version":3}', 's3://x')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_TABLE', message: expect.stringContaining('found 3') }),
    );
  });

  test('has the name that Trino insists on', () => {
    expect(metadataUri('s3://lake/t', 7, 'content')).toMatch(
      /^s3:\/\/lake\/t\/metadata\/00007-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.metadata\.json$/,
    );
    expect(metadataUri('s3://lake/t', 7, 'content')).toBe(metadataUri('s3://lake/t', 7, 'content'));
    expect(metadataVersion(metadataUri('s3://lake/t', 123456, 'x'))).toBe(123456);
    expect(metadataVersion('s3://lake/t/metadata/v3.metadata.json')).toBeUndefined();
  });
});

describe('a new version', () => {
  test('logs the previous file and keeps at most previous-versions-max', () => {
    let table: TableMetadata = {
      ...start,
      properties: { ...start.properties, 'write.metadata.previous-versions-max': '3' },
    };
    for (let version = 1; version <= 5; version += 1) table = step(table, version);
    expect(table['metadata-log'].map((entry) => entry['metadata-file'])).toEqual([
      's3://lake/2.json',
      's3://lake/3.json',
      's3://lake/4.json',
    ]);
    expect(table.properties).toMatchObject({
      'gc.enabled': 'false',
      'write.metadata.delete-after-commit.enabled': 'false',
      [versionProperty]: '5',
    });
  });

  test('moves snapshot log, refs.main and last-sequence-number together', () => {
    const one = withSnapshot(step(start, 1), snapshot(11n, 1n, 1));
    const two = withSnapshot(step(one, 2), snapshot(12n, 2n, 2));
    expect(two['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([11n, 12n]);
    expect(two['snapshot-log'][1]!['timestamp-ms']).toBe(two['last-updated-ms']);
    expect(two.refs?.['main']).toEqual({ 'snapshot-id': 12n, type: 'branch' });
    expect(two['last-sequence-number']).toBe(2n);
    expect(currentSnapshot(two)?.['snapshot-id']).toBe(12n);
    expect(() => withSnapshot(two, snapshot(11n, 3n, 3))).toThrow(
      expect.objectContaining({ code: 'CATALOG_CONFLICT' }),
    );
  });
});

test('a snapshot id follows from table and plan, is positive and safe in JSON.parse', () => {
  const id = snapshotIdFor('table', 'plan');
  expect(id).toBe(snapshotIdFor('table', 'plan'));
  expect(id).not.toBe(snapshotIdFor('table', 'plan 2'));
  for (let i = 0; i < 200; i += 1) {
    const next = snapshotIdFor('table', String(i));
    expect(next > 0n && next < 2n ** 53n).toBe(true);
  }
});
