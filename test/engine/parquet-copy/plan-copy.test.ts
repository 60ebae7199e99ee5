import fc from 'fast-check';
import { chunkField, fileField, groupField, metaField } from '../../../engine/parquet-copy/footer-fields';
import { parseFooter, type Footer } from '../../../engine/parquet-copy/footer';
import { mergeFooters } from '../../../engine/parquet-copy/merge-footers';
import { keyValues, planCopy } from '../../../engine/parquet-copy/plan-copy';
import { readFooter } from '../../../engine/parquet-copy/read-footer';
import { isSluiceError } from '../../../base/errors';
import {
  fieldOf,
  readInteger,
  readStruct,
  thriftType,
  type ThriftStruct,
} from '../../../engine/parquet-copy/thrift-read';
import { i64, withFields, writeInteger, writeList, writeStruct } from '../../../engine/parquet-copy/thrift-write';
import { openTestEngine, type TestEngine } from '../support/session';
import { everyTypeSql, inside, writeDuckdb, type DuckdbForm } from './support/sample-files';

const form: DuckdbForm = { codec: 'zstd', rowGroupRows: 2048, dictionary: true, bloomFilters: true, version: 'V1' };
const anySize = { minRowGroupBytes: 0, minRowGroupRows: 0 };

let test_: TestEngine;
let base: Footer;
let files = 0;
beforeAll(async () => {
  test_ = await openTestEngine();
  base = await footerOf(everyTypeSql(0, 5000));
});
afterAll(() => test_.close());

async function footerOf(sql: string, more: Partial<DuckdbForm> = {}, options = ''): Promise<Footer> {
  const file = inside(test_, `plan-${(files += 1)}.parquet`);
  if (options === '') await writeDuckdb(test_, { file, sql, form: { ...form, ...more } });
  else await test_.session.run(`COPY (${sql}) TO '${file}' (FORMAT parquet, ${options})`);
  return readFooter(file);
}

type Change = ReadonlyMap<number, { readonly type: number; readonly value: Buffer } | undefined>;
const binary = (text: string) => ({
  type: thriftType.binary,
  value: Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]),
});
const structs = (items: readonly ThriftStruct[]) => ({
  type: thriftType.list,
  value: writeList({ elementType: thriftType.struct, items: items.map(writeStruct) }),
});
const asBytes = (footer: Footer, changes: Change): Buffer => writeStruct(withFields(footer.fields, changes));
/** The footer, changed and read anew. */
const withFile = (footer: Footer, changes: Change): Footer =>
  parseFooter(asBytes(footer, changes), footer.fileSizeBytes + 1000);
/** The same with its first column chunk changed. */
function withChunk(footer: Footer, changes: Change, metaChanges: Change = new Map()): Footer {
  return withFile(footer, new Map([[fileField.rowGroups, structs(groupsWith(footer, changes, metaChanges))]]));
}
function groupsWith(footer: Footer, changes: Change, metaChanges: Change): readonly ThriftStruct[] {
  return footer.rowGroups.map(({ fields, chunks }, g) => {
    const columns = chunks.map((chunk, c) =>
      g + c > 0
        ? chunk.fields
        : withFields(
            chunk.fields,
            new Map([
              [chunkField.meta, { type: thriftType.struct, value: writeStruct(withFields(chunk.meta, metaChanges)) }],
              ...changes,
            ]),
          ),
    );
    return withFields(fields, new Map([[groupField.columns, structs(columns)]]));
  });
}
const why = (...footers: readonly Footer[]): string => {
  const plan = planCopy(footers, anySize);
  return plan.copyable ? 'copyable' : plan.why;
};

test.each<[string, string, string]>([
  ['a type', 'SELECT 1::INTEGER AS a', 'schemas differ: a optional int64'],
  ['a name', 'SELECT 1::BIGINT AS b', 'schemas differ: a optional int64'],
  ['a field more', 'SELECT 1::BIGINT AS a, 2 AS b', 'schemas differ: 2 elements and 3 elements'],
  ['a nested type', 'SELECT [1] AS a', 'schemas differ: 2 elements and 4 elements'],
  ['an annotation', "SELECT TIMESTAMP '2026-01-01' AS a", 'schemas differ: a optional int64'],
])('files that differ in %s are not copied', async (_, sql, message) => {
  const [one, two] = [
    await footerOf('SELECT 1::BIGINT AS a', {}, 'FIELD_IDS {a: 1}'),
    await footerOf(sql, {}, 'COMPRESSION zstd'),
  ];
  expect(why(one, two)).toContain(message);
});

test('files that differ in a field id are not copied, the root may have any name', async () => {
  const of = (id: number) => footerOf('SELECT 1::BIGINT AS a', {}, `FIELD_IDS {a: ${id}}`);
  const [one, two] = [await of(1), await of(2)];
  expect(why(one, two)).toMatch(/^schemas differ: a optional int64 field id 1.* and a optional int64 field id 2/);
  const root = withFields(readStruct(one.schema[0]!), new Map([[4, binary('another_root')]]));
  const list = { elementType: thriftType.struct, items: [writeStruct(root), ...one.schema.slice(1)] };
  const renamed = withFile(one, new Map([[fileField.schema, { type: thriftType.list, value: writeList(list) }]]));
  expect(why(one, renamed)).toBe('copyable');
});

test('files of different programs are not copied; of two versions the older stands in the copy', () => {
  const by = (text: string) => withFile(base, new Map([[fileField.createdBy, binary(text)]]));
  expect(why(base, by('parquet-mr version 1.7.0'))).toContain('written by different programs: DuckDB version');
  expect(why(base, withFile(base, new Map([[fileField.createdBy, undefined]])))).toContain('and unnamed');
  const [young, old] = [by('DuckDB version v1.10.0 (build a)'), by('DuckDB version v1.9.2 (build b)')];
  expect(why(young, old)).toBe('copyable');
  expect(merged([young, old]).createdBy).toBe('DuckDB version v1.9.2 (build b)');
  expect(merged([old, young]).createdBy).toBe('DuckDB version v1.9.2 (build b)');
});

function merged(footers: readonly Footer[]): Footer {
  const bytes = mergeFooters(footers.map(unmoved));
  return parseFooter(bytes, base.fileSizeBytes + bytes.length);
}
const unmoved = (footer: Footer) => ({
  footer,
  shift: 0,
  indexes: footer.rowGroups.map(({ chunks }) => chunks.map(() => ({ columnIndex: undefined, offsetIndex: undefined }))),
});

test('of key-value entries the equal ones stay; files whose ARROW:schema differs are not copied', () => {
  const entries = (values: Readonly<Record<string, string>>) =>
    withFile(
      base,
      new Map([
        [
          fileField.keyValues,
          structs(
            Object.entries(values).map(([key, value]) => [
              { id: 1, ...binary(key) },
              { id: 2, ...binary(value) },
            ]),
          ),
        ],
      ]),
    );
  const [one, two] = [
    entries({ a: '1', b: '2', 'ARROW:schema': 'x' }),
    entries({ 'ARROW:schema': 'x', b: '3', a: '1' }),
  ];
  expect(why(one, two)).toBe('copyable');
  expect([...keyValues(merged([one, two])).keys()]).toEqual(['a', 'ARROW:schema']);
  expect(keyValues(merged([one, base])).size).toBe(0);
  expect(why(one, entries({ 'ARROW:schema': 'y' }))).toBe('their ARROW:schema entries differ');
  expect(why(one, base)).toBe('their ARROW:schema entries differ');
});

test('encrypted files, columns in other files and fields from the future are not copied', () => {
  const struct = { type: thriftType.struct, value: Buffer.from([0]) };
  expect(why(withFile(base, new Map([[fileField.encryptionAlgorithm, struct]])))).toBe('a file is encrypted');
  expect(why(base, withChunk(base, new Map([[chunkField.cryptoMetadata, struct]])))).toBe('column id is encrypted');
  expect(why(base, withChunk(base, new Map([[chunkField.filePath, binary('other')]])))).toBe(
    'column id stands in another file',
  );
  const later = 'the footer has field 77, which is not known: it may hold an offset';
  expect(why(base, withFile(base, new Map([[77, i64(5)]])))).toBe(later);
  expect(why(base, withChunk(base, new Map([[77, i64(5)]])))).toBe(later);
  expect(why(base, withChunk(base, new Map(), new Map([[77, i64(5)]])))).toBe(later);
  const groups = base.rowGroups.map(({ fields }) => withFields(fields, new Map([[77, i64(5)]])));
  expect(why(base, withFile(base, new Map([[fileField.rowGroups, structs(groups)]])))).toBe(later);
  expect(why(base, withFile(base, new Map([[fileField.columnOrders, undefined]])))).toContain('column_orders');
});

test('files whose columns stand in another order than those of others are not copied', () => {
  const groups = base.rowGroups.map(({ fields, chunks }) =>
    withFields(fields, new Map([[groupField.columns, structs([...chunks].reverse().map((chunk) => chunk.fields))]])),
  );
  const reversed = withFile(base, new Map([[fileField.rowGroups, structs(groups)]]));
  expect(why(base, reversed)).toBe('their columns stand in another order');
  expect(why(reversed, reversed)).toBe('copyable');
});

test('row groups that are small in rows and in bytes are not worth a copy', async () => {
  const small = planCopy([base, base]);
  expect(small).toEqual({
    copyable: false,
    why: expect.stringMatching(/^row groups too small: \d+ rows and \d+ bytes on average$/),
  });
  const narrow = await footerOf('SELECT 7 AS a FROM range(120000)', {}, 'ROW_GROUP_SIZE 122880');
  expect(planCopy([narrow, narrow])).toEqual({ copyable: true });
  expect(planCopy([base], { minRowGroupBytes: 1, minRowGroupRows: 1e9 })).toEqual({ copyable: true });
  expect(planCopy([])).toEqual({ copyable: false, why: 'no files' });
  expect(why(await footerOf('SELECT 1 AS a WHERE false', {}, 'COMPRESSION zstd'))).toBe('no rows');
});

test('offsets move, ordinals count on, and a 0 that means none stays', () => {
  const changed = withChunk(
    base,
    new Map([[chunkField.fileOffset, i64(4)]]),
    new Map([[metaField.indexPageOffset, i64(0)]]),
  );
  const groups = changed.rowGroups.map(({ fields }, index) =>
    withFields(
      fields,
      new Map([
        [groupField.fileOffset, i64(4 + index)],
        [groupField.ordinal, { type: thriftType.i16, value: writeInteger(index) }],
      ]),
    ),
  );
  const source = withFile(changed, new Map([[fileField.rowGroups, structs(groups)]]));
  const bytes = mergeFooters([unmoved(source), { ...unmoved(source), shift: 1000 }]);
  const { rowGroups, rows } = parseFooter(bytes, base.fileSizeBytes + bytes.length + 2000);
  expect(rows).toBe(2 * base.rows);
  const number = (struct: ThriftStruct, id: number) => readInteger(fieldOf(struct, id)!.value);
  const half = rowGroups.length / 2;
  expect(rowGroups.map(({ fields }) => number(fields, groupField.ordinal))).toEqual(rowGroups.map((_, index) => index));
  for (const [index, group] of rowGroups.slice(half).entries()) {
    const was = source.rowGroups[index]!;
    expect(number(group.fields, groupField.fileOffset)).toBe(1004 + index);
    expect(group.chunks.map(({ pages }) => pages.start)).toEqual(was.chunks.map(({ pages }) => pages.start + 1000));
    expect(group.chunks.map((chunk) => chunk.bloomFilterOffset)).toEqual(
      was.chunks.map((chunk) => chunk.bloomFilterOffset && chunk.bloomFilterOffset + 1000),
    );
  }
  const first = rowGroups[half]!.chunks[0]!;
  expect(number(first.fields, chunkField.fileOffset)).toBe(1004);
  expect(number(first.meta, metaField.indexPageOffset)).toBe(0);
});

test('a damaged footer is read, refused as CORRUPT_FILE or found not copyable, never worse', () => {
  const bytes = writeStruct(base.fields);
  let refused = 0;
  const attempt = (damaged: Buffer): void => {
    try {
      const footer = parseFooter(damaged, base.fileSizeBytes);
      if (planCopy([base, footer], anySize).copyable) mergeFooters([unmoved(base), unmoved(footer)]);
      if (planCopy([footer], anySize).copyable) parseFooter(mergeFooters([unmoved(footer)]), base.fileSizeBytes);
    } catch (error) {
      if (!isSluiceError(error, 'CORRUPT_FILE')) throw error;
      refused += 1;
    }
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }), (changes) => {
      const damaged = Buffer.from(bytes);
      for (const [at, byte] of changes) damaged[at % bytes.length] = byte;
      attempt(damaged);
    }),
    { numRuns: 600 },
  );
  for (let cut = 0; cut < bytes.length; cut += 37) attempt(bytes.subarray(0, cut));
  expect(refused).toBeGreaterThan(100);
});
