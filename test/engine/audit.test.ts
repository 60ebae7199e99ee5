import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { auditFile } from '../../engine/audit';
import { writeTable } from '../../engine/write-parquet';
import type { DataFile, Schema } from '../../lake/iceberg/types';
import { encodeValue } from '../../lake/iceberg/values';
import { openTestEngine, type TestEngine } from './support/session';
import { listOf, mapOf, schemaOf, structOf, unpartitioned } from './support/tables';

const schema = schemaOf({
  '_partition!': 'int',
  '_offset!': 'long',
  at: 'timestamptz',
  p: mapOf('string', 'int'),
  l: listOf(structOf({ a: 'decimal(9,2)', u: 'uuid' })),
});

describe('auditFile', () => {
  let test: TestEngine;
  let file: DataFile;
  let localPath: string;
  let bytes: Buffer;
  beforeAll(async () => {
    test = await openTestEngine();
    const select = `SELECT 3 AS _partition, i AS _offset, CASE WHEN i % 2 = 0 THEN make_timestamptz(i) END AS at, MAP {'k': i::INTEGER} AS p, [{'a': 1.5, 'u': uuid()}] AS l FROM range(10, 300) r(i)`;
    const [written] = await writeTable(test.session, {
      select,
      schema,
      spec: unpartitioned,
      directory: path.join(test.directory, 'out'),
      namePrefix: 'x',
    });
    ({ dataFile: file, localPath } = written!);
    bytes = await readFile(localPath);
  });
  afterAll(() => test.close());

  const found = async (
    change: Partial<DataFile>,
    of: Schema = schema,
    source: Buffer | string = bytes,
  ): Promise<string> =>
    auditFile({ bytes: source, expected: { ...file, ...change }, schema: of }).then(
      () => 'right',
      (error: Error & { code?: string }) => `${error.code} ${error.message.replace(file.filePath, 'FILE')}`,
    );
  const withField = (id: number, change: object): Schema => ({
    ...schema,
    fields: schema.fields.map((field) => (field.id === id ? { ...field, ...change } : field)),
  });

  it('agrees with what was written, from bytes and from a path', async () => {
    expect(await found({})).toBe('right');
    expect(await found({}, schema, localPath)).toBe('right');
    await auditFile({ bytes, expected: file, schema, columns: ['_offset', 'at'] });
  });

  it('names what differs, what was expected and what was found', async () => {
    expect(await found({ recordCount: 5n })).toBe('AUDIT_FAILED FILE: rows: expected 5, found 290');
    expect(await found({ fileSizeBytes: 1n })).toBe(
      `AUDIT_FAILED FILE: size in bytes: expected 1, found ${bytes.length}`,
    );
    expect(await found({ nullValueCounts: new Map([[2, 1n]]) })).toBe(
      'AUDIT_FAILED FILE: nulls of _partition: expected undefined, found 0',
    );
    expect(await found({ valueCounts: new Map(file.valueCounts).set(5, 7n) })).toBe(
      'AUDIT_FAILED FILE: values of p.key: expected 7, found 290',
    );
    expect(await found({ lowerBounds: new Map([[2, encodeValue('long', 11n)]]) })).toBe(
      'AUDIT_FAILED FILE: lower bound of _offset: expected 11, found 10',
    );
    expect(await found({ upperBounds: new Map([[1, encodeValue('int', 4)]]) })).toBe(
      'AUDIT_FAILED FILE: upper bound of _partition: expected 4, found 3',
    );
  });

  it('compares field ids and types at every level', async () => {
    expect(await found({}, withField(2, { id: 20 }))).toBe(
      'AUDIT_FAILED FILE: field id of _offset: expected 20, found 2',
    );
    expect(await found({}, withField(2, { type: 'int' }))).toBe(
      'AUDIT_FAILED FILE: type of _offset: expected int, found long',
    );
    expect(await found({}, withField(3, { type: 'timestamp' }))).toBe(
      'AUDIT_FAILED FILE: type of at: expected timestamp, found timestamptz',
    );
    const map = schema.fields.find(({ name }) => name === 'p')!;
    expect(await found({}, withField(map.id, { type: { ...(map.type as object), 'value-id': 99 } }))).toBe(
      'AUDIT_FAILED FILE: field id of p.value: expected 99, found 6',
    );
    expect(await found({}, { ...schema, fields: schema.fields.slice(1) })).toMatch(
      'columns: expected _offset, at, p, l, found _partition, _offset, at, p, l',
    );
  });

  it('a file that is cut off or no Parquet at all', async () => {
    expect(await found({ fileSizeBytes: 1000n }, schema, bytes.subarray(0, 1000))).toMatch(
      /^AUDIT_FAILED FILE: it cannot be read as Parquet/,
    );
    expect(await found({ fileSizeBytes: 3n }, schema, Buffer.from('abc'))).toMatch(
      /^AUDIT_FAILED FILE: it cannot be read as Parquet/,
    );
  });
});
