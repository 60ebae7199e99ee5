import fc from 'fast-check';
import { currentSnapshot } from '../../lake/iceberg/metadata';
import { applyTransform } from '../../lake/iceberg/transforms';
import { truncateLowerText, truncateUpperText } from '../../lake/iceberg/bounds';
import type { DataFile, PrimitiveType } from '../../lake/iceberg/types';
import { encodeValue, type Value } from '../../lake/iceberg/values';
import type { Transform } from '../../pipeline/model';
import { manifestsOf } from '../../lake/manifests';
import { planScan, type ColumnRange } from '../../lake/scan';
import type { LoadedTable } from '../../lake/lake';
import { bench, dataFile, day, location, newTable } from './fixtures';

describe('planning a scan', () => {
  test('prunes whole manifests by partition and files by bounds', async () => {
    const { store, change } = bench();
    let table = newTable();
    for (const dayNumber of [19_700, 19_701, 19_702]) {
      const at = BigInt(dayNumber) * day;
      const files = [0n, 1n].map((half) =>
        dataFile({
          name: `d${dayNumber}-${half}`,
          partition: [dayNumber],
          bounds: { 2: { type: 'timestamptz', min: at + (half * day) / 2n, max: at + ((half + 1n) * day) / 2n - 1n } },
        }),
      );
      table = await change(table, { operation: 'append', added: files }, `p${dayNumber}`);
    }
    const noon = 19_701n * day + day / 2n;
    const scan = await planScan({ store }, table, { ranges: [{ column: 'at', min: noon, max: noon + 1000n }] });
    expect(scan.files.map(({ file }) => file.filePath)).toEqual([`${location}/data/d19701-1.parquet`]);
    expect(scan).toMatchObject({ manifestsRead: 1, manifestsPruned: 2, filesPruned: 1 });
    expect((await planScan({ store }, table)).files).toHaveLength(6);
    expect((await planScan({ store }, table, { ranges: [{ column: 'at', max: -1n }] })).files).toHaveLength(0);
  });

  test('onlyAdded gives the files of that very snapshot, and opens no other manifest', async () => {
    const { store, change } = bench();
    let table = await change(
      newTable(),
      { operation: 'append', added: [dataFile({ name: 'a' }), dataFile({ name: 'b' })] },
      'p1',
    );
    table = await change(
      table,
      { operation: 'overwrite', removed: [`${location}/data/a.parquet`], added: [dataFile({ name: 'c' })] },
      'p2',
    );
    const scan = await planScan({ store }, table, { onlyAdded: true });
    expect(scan.files.map(({ file }) => file.filePath)).toEqual([`${location}/data/c.parquet`]);
    expect(scan).toMatchObject({ manifestsRead: 1, manifestsPruned: 0 });
    const first = await planScan({ store }, table, {
      onlyAdded: true,
      snapshotId: table.metadata.snapshots[0]!['snapshot-id'],
    });
    expect(first.files).toHaveLength(2);
  });

  test('of a table without snapshots finds nothing', async () => {
    expect(await planScan({ store: bench().store }, newTable())).toEqual({
      files: [],
      deleteFiles: [],
      manifestsRead: 0,
      manifestsPruned: 0,
      filesPruned: 0,
    });
  });

  test('keeps a file when bounds or counts are missing, and drops one where the column is null throughout', async () => {
    const { store, change } = bench();
    const bare = dataFile({ name: 'bare' });
    const nulls: DataFile = {
      ...dataFile({ name: 'nulls' }),
      valueCounts: new Map([[3, 10n]]),
      nullValueCounts: new Map([[3, 10n]]),
    };
    const table = await change(newTable(), { operation: 'append', added: [bare, nulls] }, 'p');
    const scan = await planScan({ store }, table, { ranges: [{ column: 'name', min: 'a' }] });
    expect(scan.files.map(({ file }) => file.filePath)).toEqual([bare.filePath]);
    expect((await planScan({ store }, table, { ranges: [{ column: 'name' }] })).files).toHaveLength(2);
  });

  test('refuses unknown columns and values of another type', async () => {
    const { store } = bench();
    await expect(planScan({ store }, newTable(), { ranges: [{ column: 'nope', min: 1 }] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('id, at, name'),
    });
    await expect(planScan({ store }, newTable(), { ranges: [{ column: 'tags', min: 'x' }] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(planScan({ store }, newTable(), { ranges: [{ column: 'id', min: 'x' }] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(planScan({ store }, newTable(), { snapshotId: 5n })).rejects.toMatchObject({
      code: 'UNSUPPORTED_TABLE',
    });
  });

  test('reads files whose spec has a transform that is not known', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), { operation: 'append', added: [dataFile({ name: 'a' })] }, 'p');
    const unknown = (transform: string) =>
      table.metadata['partition-specs'].map((spec) => ({
        ...spec,
        fields: spec.fields.map((field) => ({ ...field, transform })),
      }));
    table = { ...table, metadata: { ...table.metadata, 'partition-specs': unknown('zorder[3]') } };
    expect(await manifestsOf(store, currentSnapshot(table.metadata))).toHaveLength(1);
    const scan = await planScan({ store }, table, { ranges: [{ column: 'at', min: 0n, max: 1n }] });
    expect(scan).toMatchObject({ manifestsPruned: 0, manifestsRead: 1 });
  });

  test('names the deletes that may hit a file', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), { operation: 'append', added: [dataFile({ name: 'old' })] }, 'p1');
    const position: DataFile = { ...dataFile({ name: 'pos' }), content: 1 };
    const equality: DataFile = { ...dataFile({ name: 'eq' }), content: 2, equalityIds: [1] };
    const elsewhere: DataFile = { ...dataFile({ name: 'elsewhere', partition: [1] }), content: 1 };
    table = await change(
      table,
      { operation: 'overwrite', added: [dataFile({ name: 'same' }), position, equality, elsewhere] },
      'p2',
    );
    table = await change(table, { operation: 'append', added: [dataFile({ name: 'new' })] }, 'p3');
    const { files } = await planScan({ store }, table);
    const deletes = Object.fromEntries(
      files.map(({ file, deletes: found }) => [
        file.filePath.split('/').pop(),
        found.map((item) => item.filePath.split('/').pop()),
      ]),
    );
    expect(deletes).toEqual({
      'old.parquet': ['pos.parquet', 'eq.parquet'],
      'same.parquet': ['pos.parquet'],
      'new.parquet': [],
    });
  });
});

test('bug: equality deletes of a spec that has only void fields left hold in every partition', async () => {
  const { store, change } = bench();
  const byStore = newTable({
    name: { namespace: 'db', name: 'events' },
    columns: [{ name: 'store', type: 'int', required: false }],
    partition: [{ column: 'store', transform: { kind: 'identity' } }],
  });
  const five = await change(
    byStore,
    { operation: 'append', added: [dataFile({ name: 'five', partition: [5] })] },
    'p1',
  );
  const [own] = five.metadata['partition-specs'];
  const voided = { 'spec-id': 1, fields: own!.fields.map((field) => ({ ...field, transform: 'void' })) };
  const later = { ...five, metadata: { ...five.metadata, 'partition-specs': [own!, voided] } };
  const equality: DataFile = {
    ...dataFile({ name: 'eq', partition: [null] }),
    specId: 1,
    content: 2,
    equalityIds: [1],
  };
  const { files } = await planScan({ store }, await change(later, { operation: 'delete', added: [equality] }, 'p2'));
  expect(files.map(({ deletes }) => deletes.length)).toEqual([1]);
});

test('bug: deletes hit rows of a partition whose int column became a long since', async () => {
  const { store, change } = bench();
  const stores = (type: 'int' | 'long'): LoadedTable =>
    newTable({
      name: { namespace: 'db', name: 'events' },
      columns: [{ name: 'store', type, required: false }],
      partition: [{ column: 'store', transform: { kind: 'identity' } }],
    });
  const narrow = await change(
    stores('int'),
    {
      operation: 'append',
      added: [dataFile({ name: 'five', partition: [5] }), dataFile({ name: 'six', partition: [6] })],
    },
    'p1',
  );
  const wide = { ...narrow, metadata: { ...narrow.metadata, schemas: stores('long').metadata.schemas } };
  const position: DataFile = { ...dataFile({ name: 'pos', partition: [5n] }), content: 1 };
  const equality: DataFile = { ...dataFile({ name: 'eq', partition: [5n] }), content: 2, equalityIds: [1] };
  const table = await change(wide, { operation: 'delete', added: [position, equality] }, 'p2');
  const { files } = await planScan({ store }, table);
  expect(Object.fromEntries(files.map(({ file, deletes }) => [file.filePath, deletes.length]))).toEqual({
    [`${location}/data/five.parquet`]: 2,
    [`${location}/data/six.parquet`]: 0,
  });
});

test('a file with NaN may hold a row above its upper bound: SQL sorts NaN above all numbers', async () => {
  const { store, change } = bench();
  const plain = newTable({
    name: { namespace: 'db', name: 'events' },
    columns: [{ name: 'c', type: 'double', required: false }],
  });
  const numbers = dataFile({ name: 'numbers', partition: [], bounds: { 1: { type: 'double', min: 1, max: 2 } } });
  const files = [undefined, 0n, 1n].map((nans, index): DataFile => ({
    ...numbers,
    filePath: `${location}/data/${index}.parquet`,
    nanValueCounts: new Map(nans === undefined ? [] : [[1, nans]]),
  }));
  const table = await change(plain, { operation: 'append', added: files }, 'p');
  const found = await planScan({ store }, table, { ranges: [{ column: 'c', min: 3 }] });
  expect(found.files.map(({ file }) => file.nanValueCounts.get(1))).toEqual([undefined, 1n]);
});

// Column types with values that sit close together, so that ranges often touch bounds.
const kinds: readonly {
  readonly type: PrimitiveType;
  readonly value: fc.Arbitrary<Value>;
  readonly transforms: readonly Transform[];
}[] = [
  {
    type: 'int',
    value: fc.integer({ min: -30, max: 30 }),
    transforms: [{ kind: 'identity' }, { kind: 'bucket', buckets: 4 }, { kind: 'truncate', width: 10 }],
  },
  {
    type: 'long',
    value: fc.bigInt({ min: -30n, max: 30n }),
    transforms: [{ kind: 'identity' }, { kind: 'bucket', buckets: 3 }, { kind: 'truncate', width: 7 }],
  },
  {
    type: 'decimal(9,2)',
    value: fc.bigInt({ min: -500n, max: 500n }),
    transforms: [{ kind: 'identity' }, { kind: 'bucket', buckets: 3 }, { kind: 'truncate', width: 50 }],
  },
  {
    type: 'date',
    value: fc.integer({ min: -800, max: 800 }),
    transforms: [{ kind: 'year' }, { kind: 'month' }, { kind: 'day' }, { kind: 'bucket', buckets: 3 }],
  },
  {
    type: 'timestamptz',
    value: fc.bigInt({ min: -200n, max: 200n }).map((n) => n * 1_800_000_000n - 1n),
    transforms: [{ kind: 'year' }, { kind: 'month' }, { kind: 'day' }, { kind: 'hour' }, { kind: 'identity' }],
  },
  {
    type: 'string',
    value: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '\uffff'), maxLength: 20 }),
    transforms: [{ kind: 'identity' }, { kind: 'truncate', width: 2 }, { kind: 'bucket', buckets: 3 }],
  },
  {
    type: 'binary',
    value: fc.array(fc.constantFrom(0, 1, 255), { maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    transforms: [{ kind: 'identity' }, { kind: 'truncate', width: 2 }],
  },
  {
    type: 'double',
    value: fc.constantFrom(-1.5, -0, 0, 1, Number.NaN, Number.NaN, 2.5),
    transforms: [{ kind: 'identity' }],
  },
  { type: 'boolean', value: fc.boolean(), transforms: [{ kind: 'identity' }] },
];

/** SQL's comparison, by its own means: NaN above all numbers, text and binary by bytes. */
function order(a: Value, b: Value): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (typeof a === 'string' || Buffer.isBuffer(a)) return Buffer.from(a as string).compare(Buffer.from(b as string));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Null is never inside. */
function inside(value: Value | null, { min, max }: ColumnRange): boolean {
  if (value === null) return false;
  return (min === undefined || order(value, min) >= 0) && (max === undefined || order(value, max) <= 0);
}

function boundsOf(type: PrimitiveType, values: readonly Value[]): { readonly lower?: Buffer; readonly upper?: Buffer } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort(order);
  const [least, greatest] = [sorted[0], sorted[sorted.length - 1]];
  if (least === undefined || greatest === undefined) return {};
  if (type !== 'string') return { lower: encodeValue(type, least), upper: encodeValue(type, greatest) };
  const upper = truncateUpperText(greatest as string);
  return {
    lower: Buffer.from(truncateLowerText(least as string)),
    ...(upper !== undefined && { upper: Buffer.from(upper) }),
  };
}

test('pruning never loses a file that holds a wanted row', async () => {
  const scenario = fc.constantFrom(...kinds).chain(({ type, value, transforms }) =>
    fc.record({
      type: fc.constant(type),
      // undefined: not partitioned, so that one file holds many values
      transform: fc.option(fc.constantFrom(...transforms), { nil: undefined, freq: 2 }),
      // rows of a batch; each batch is one snapshot, each partition of it one file
      batches: fc.array(fc.array(fc.option(value, { freq: 6 }), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
      min: fc.option(value, { nil: undefined, freq: 2 }),
      max: fc.option(value, { nil: undefined, freq: 2 }),
      withStats: fc.constantFrom(true, true, true, false),
    }),
  );
  await fc.assert(
    fc.asyncProperty(scenario, async ({ type, transform, batches, min, max, withStats }) => {
      fc.pre(!Number.isNaN(min) && !Number.isNaN(max));
      const { store, change } = bench();
      let table = newTable({
        name: { namespace: 'db', name: 'events' },
        columns: [{ name: 'c', type, required: false }],
        partition: transform ? [{ column: 'c', transform }] : [],
      });
      const tupleOf = (row: Value | null) => (transform ? [applyTransform(transform, type, row)] : []);
      const rows = new Map<string, (Value | null)[]>();
      for (const [batch, values] of batches.entries()) {
        const files = new Map<string, (Value | null)[]>();
        for (const row of values) {
          const key = tupleOf(row)
            .map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value)))
            .join();
          files.set(key, [...(files.get(key) ?? []), row]);
        }
        const added = [...files.values()].map((list, index): DataFile => {
          const filled = list.filter((item): item is Value => item !== null);
          const { lower, upper } = boundsOf(type, filled);
          const file = dataFile({ name: `${batch}-${index}`, partition: tupleOf(list[0]!), rows: BigInt(list.length) });
          rows.set(file.filePath, list);
          if (!withStats) return file;
          return {
            ...file,
            valueCounts: new Map([[1, BigInt(list.length)]]),
            nullValueCounts: new Map([[1, BigInt(list.length - filled.length)]]),
            nanValueCounts: new Map(
              type === 'double' ? [[1, BigInt(filled.filter((item) => Number.isNaN(item)).length)]] : [],
            ),
            lowerBounds: new Map(lower ? [[1, lower]] : []),
            upperBounds: new Map(upper ? [[1, upper]] : []),
          };
        });
        table = await change(table, { operation: 'append', added }, `p${batch}`);
      }
      const range: ColumnRange = { column: 'c', ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
      const found = new Set(
        (await planScan({ store }, table, { ranges: [range] })).files.map(({ file }) => file.filePath),
      );
      for (const [path, list] of rows) if (list.some((row) => inside(row, range))) expect(found).toContain(path);
    }),
    { numRuns: 400 },
  );
});
