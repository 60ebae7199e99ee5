import fc from 'fast-check';
import { mergeMetrics } from '../../../engine/parquet-copy/merge-metrics';
import { leafFields } from '../../../lake/iceberg/schema';
import type { DataFile, PrimitiveType } from '../../../lake/iceberg/types';
import { truncateLowerText, truncateUpperText } from '../../../lake/iceberg/bounds';
import { compareValues, decodeValue, encodeValue, type Value } from '../../../lake/iceberg/values';
import { schemaOf } from '../support/tables';

function fileOf(part: Partial<DataFile>): DataFile {
  return {
    content: 0,
    filePath: 's3://lake/a.parquet',
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [],
    recordCount: 10n,
    fileSizeBytes: 100n,
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullValueCounts: new Map(),
    nanValueCounts: new Map(),
    lowerBounds: new Map(),
    upperBounds: new Map(),
    ...part,
  };
}

/** A file with one column of id 1. */
function column(
  type: PrimitiveType,
  {
    low,
    high,
    values = 10,
    nulls = 0,
    nans,
  }: { low?: Value; high?: Value; values?: number; nulls?: number; nans?: number },
): DataFile {
  return fileOf({
    recordCount: BigInt(values),
    valueCounts: new Map([[1, BigInt(values)]]),
    nullValueCounts: new Map([[1, BigInt(nulls)]]),
    nanValueCounts: new Map(nans === undefined ? [] : [[1, BigInt(nans)]]),
    lowerBounds: new Map(low === undefined ? [] : [[1, encodeValue(type, low)]]),
    upperBounds: new Map(high === undefined ? [] : [[1, encodeValue(type, high)]]),
  });
}

const merged = (type: PrimitiveType, files: readonly DataFile[]): readonly [Value | undefined, Value | undefined] => {
  const { lowerBounds, upperBounds } = mergeMetrics(files, schemaOf({ c: type }));
  const read = (bytes: Buffer | undefined) => (bytes ? decodeValue(type, bytes) : undefined);
  return [read(lowerBounds.get(1)), read(upperBounds.get(1))];
};

const typed: readonly (readonly [PrimitiveType, fc.Arbitrary<Value>])[] = [
  ['boolean', fc.boolean()],
  ['int', fc.integer()],
  ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['float', fc.float({ noNaN: true })],
  ['double', fc.double({ noNaN: true })],
  ['date', fc.integer()],
  ['timestamptz', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['decimal(38,2)', fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  ['string', fc.string({ unit: 'grapheme', maxLength: 12 })],
  ['binary', fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes))],
  ['uuid', fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))],
];

test.each(typed)('bounds of %s are the least and the greatest of all files', (type, anyValue) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyValue, anyValue), { minLength: 1, maxLength: 5 }), (pairs) => {
      const files = pairs.map(([a, b]) =>
        compareValues(a, b) <= 0 ? column(type, { low: a, high: b }) : column(type, { low: b, high: a }),
      );
      const sorted = [...pairs.flat()].sort(compareValues);
      const [low, high] = merged(type, files);
      expect(compareValues(low!, sorted[0]!)).toBe(0);
      expect(compareValues(high!, sorted.at(-1)!)).toBe(0);
    }),
  );
});

test('bounds that were truncated still hold every value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 1 }), {
        minLength: 1,
        maxLength: 4,
      }),
      (groups) => {
        const files = groups.map((texts) => {
          const sorted = [...texts].sort(compareValues);
          const high = truncateUpperText(sorted.at(-1)!);
          return column('string', {
            low: truncateLowerText(sorted[0]!),
            ...(high === undefined ? {} : { high }),
          });
        });
        const [low, high] = merged('string', files);
        for (const text of groups.flat()) {
          expect(compareValues(low!, text)).toBeLessThanOrEqual(0);
          if (high !== undefined) expect(compareValues(high, text)).toBeGreaterThanOrEqual(0);
        }
      },
    ),
  );
});

test('a file of NULLs alone takes no part in bounds; one whose bounds are not known takes them away', () => {
  const known = column('int', { low: 3, high: 5 });
  expect(merged('int', [known, column('int', { nulls: 10 })])).toEqual([3, 5]);
  expect(merged('int', [column('int', { nulls: 10 }), known])).toEqual([3, 5]);
  expect(merged('int', [known, column('int', { nulls: 9 })])).toEqual([undefined, undefined]);
  expect(merged('int', [known, column('int', { low: 1 })])).toEqual([1, undefined]);
  expect(merged('int', [known, fileOf({})])).toEqual([undefined, undefined]);
});

test('NaN is no bound, and -0.0 stands below 0.0', () => {
  expect(merged('double', [column('double', { low: 1, high: 2 }), column('double', { nulls: 4, nans: 6 })])).toEqual([
    1, 2,
  ]);
  expect(merged('double', [column('double', { low: 1, high: 2 }), column('double', { low: NaN, high: NaN })])).toEqual([
    undefined,
    undefined,
  ]);
  const zeros = [column('double', { low: 0, high: 0 }), column('double', { low: -0, high: -0 })];
  for (const files of [zeros, [...zeros].reverse()]) expect(merged('double', files)).toEqual([-0, 0]);
});

test('counts and sizes add up; what one file does not count is not counted', () => {
  const one = fileOf({
    columnSizes: new Map([
      [1, 5n],
      [2, 7n],
    ]),
    nanValueCounts: new Map([[1, 1n]]),
  });
  const two = fileOf({ columnSizes: new Map([[1, 6n]]), nanValueCounts: new Map([[1, 2n]]) });
  const empty = fileOf({ recordCount: 0n });
  const { columnSizes, nanValueCounts, recordCount } = mergeMetrics([empty, one, two], schemaOf({ c: 'double' }));
  expect([recordCount, [...columnSizes], [...nanValueCounts]]).toEqual([20n, [[1, 11n]], [[1, 3n]]]);
});

test('bounds from before int became long, and float double, compare by value', () => {
  const file = (low: Buffer, high: Buffer): DataFile =>
    fileOf({
      valueCounts: new Map([[1, 10n]]),
      nullValueCounts: new Map([[1, 0n]]),
      lowerBounds: new Map([[1, low]]),
      upperBounds: new Map([[1, high]]),
    });
  const old = file(encodeValue('int', -5), encodeValue('int', 5));
  const young = file(encodeValue('long', -1n), encodeValue('long', 5_000_000_000n));
  expect(merged('long', [old, young])).toEqual([-5n, 5_000_000_000n]);
});

test('a column that the schema no longer has keeps its counts and loses its bounds', () => {
  const file = column('int', { low: 1, high: 2 });
  const [leaf] = leafFields(schemaOf({ other: 'string' }));
  const schema = {
    ...schemaOf({ other: 'string' }),
    fields: [{ id: leaf!.id + 10, name: 'other', required: false, type: 'string' as const }],
  };
  const { lowerBounds, valueCounts } = mergeMetrics([file, file], schema);
  expect([lowerBounds.size, valueCounts.get(1)]).toEqual([0, 20n]);
});
