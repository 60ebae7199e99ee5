import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { sha256File } from '../base/hash';
import type { DataFile, PartitionSpec, Schema } from '../lake/iceberg/types';
import type { Session } from './engine';
import { fieldIdsSql, leafColumns, type LeafColumn } from './parquet-columns';
import { fileMetrics, hasNan, isFloat, type ColumnStats } from './parquet-stats';
import { keyLiteral, partitionKeys, partitionTuple, type PartitionKey } from './partition-sql';
import { quoteIdent, quoteText } from './sql';
import { icebergToDuckdb } from './types';
import type { SqlValue } from './values';

export interface WrittenFile {
  readonly localPath: string;
  /** `data/<partition>/<prefix>-<first 16 hex digits of the bytes' sha256>.parquet`, below the table's location. */
  readonly relativePath: string;
  /** `filePath` is the relative path: the caller puts the table's location before it. */
  readonly dataFile: DataFile;
}

export interface WriteInput {
  /** SQL of the rows; its columns have the schema's names and are cast to its types. Its order is the files' order: equal bytes need an ORDER BY or a table. */
  readonly select: string;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly sortOrderId?: number;
  /** Made when missing. Files stay here until the caller moves them. */
  readonly directory: string;
  readonly namePrefix: string;
  /** Rows per file at most; 5 million by default (about 200 MB of events). */
  readonly targetRows?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TARGET_ROWS = 5_000_000;
/** Up to this many partitions the rows are filtered once per partition; above, sorted by partition first. */
const FILTERED_PARTITIONS = 8;
const PLAIN_TABLE = /^\s*select\s+\*\s+from\s+("(?:[^"]|"")+"|\w+)\s*$/i;
const STAGE = '"$ rows"';

/**
 * Writes rows as Parquet: one file per partition tuple (more above `targetRows`), field ids at every level, zstd, exact metrics.
 * Equal rows in equal order give equal bytes and so equal names. No rows, no file.
 * Throws INTERNAL when a required column holds a NULL, UNSUPPORTED_TABLE for a partition transform that it cannot write.
 */
export async function writeTable(session: Session, input: WriteInput): Promise<readonly WrittenFile[]> {
  const { schema, spec, select, targetRows = DEFAULT_TARGET_ROWS } = input;
  await mkdir(input.directory, { recursive: true });
  const keys = partitionKeys(spec, schema);
  const rows = `SELECT ${schema.fields.map(({ name, type }) => `${quoteIdent(name)}::${icebergToDuckdb(type)} AS ${quoteIdent(name)}`).join(', ')} FROM (${select})`;
  const tuples = await countTuples(session, input, keys, rows);
  const simple = tuples.every(({ count }) => count <= BigInt(targetRows));
  const write = (tuple: Tuple, sql: string) => writeFile(session, input, keys, tuple, sql);
  if (tuples.length === 0) return [];
  if (tuples.length === 1 && simple) return write(tuples[0]!, rows);
  const direct =
    simple &&
    tuples.length <= FILTERED_PARTITIONS &&
    PLAIN_TABLE.test(select) &&
    keys.every(({ sql }) => !sql.includes('sluice_bucket'));
  const written: WrittenFile[] = [];
  if (direct) {
    for (const tuple of tuples)
      written.push(
        ...(await write(
          tuple,
          `${rows} WHERE ${matches(
            keys.map(({ sql }) => sql),
            tuple,
          )}`,
        )),
      );
    return written;
  }
  const columns = schema.fields.map(({ name }) => quoteIdent(name)).join(', ');
  const keyNames = keys.map((_, index) => quoteIdent(`$ key ${index}`));
  const keyColumns = keys.map(({ sql }, index) => `${sql} AS ${keyNames[index]}`);
  const options = input.signal ? { signal: input.signal } : {};
  try {
    const sorted = !simple || tuples.length > FILTERED_PARTITIONS;
    const staged = `SELECT ${[...(sorted ? ['row_number() OVER () AS "$ row"'] : []), ...keyColumns, '*'].join(', ')} FROM (${rows})`;
    // Sorting by the row number as well keeps the order within a partition: the sort alone is not stable.
    const order = sorted ? ` ORDER BY ${[...keyNames, '"$ row"'].join(', ')}` : '';
    await session.run(`CREATE OR REPLACE TEMP TABLE ${STAGE} AS ${staged}${order}`, options);
    let first = 0n;
    for (const tuple of tuples) {
      if (!sorted)
        written.push(...(await write(tuple, `SELECT ${columns} FROM ${STAGE} WHERE ${matches(keyNames, tuple)}`)));
      for (let at = first; sorted && at < first + tuple.count; at += BigInt(targetRows)) {
        const end = min(at + BigInt(targetRows), first + tuple.count);
        written.push(
          ...(await write(tuple, `SELECT ${columns} FROM ${STAGE} WHERE rowid >= ${at} AND rowid < ${end}`)),
        );
      }
      first += tuple.count;
    }
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${STAGE}`);
  }
  return written;
}

interface Tuple {
  readonly values: readonly SqlValue[];
  readonly count: bigint;
}

/** The partition tuples with their row counts, in the order of their values, NULLs last: the order that sorting the rows gives. */
async function countTuples(
  session: Session,
  { select, signal }: WriteInput,
  keys: readonly PartitionKey[],
  rows: string,
): Promise<readonly Tuple[]> {
  const options = signal ? { signal } : {};
  // Counting an unpartitioned query would run it twice; COPY counts by itself. Its rows are few enough for one file, or come from a table.
  if (keys.length === 0 && !PLAIN_TABLE.test(select)) return [{ values: [], count: 0n }];
  const names = keys.map((_, index) => `k${index}`);
  const list = [...keys.map(({ sql }, index) => `${sql} AS ${names[index]}`), 'count(*) AS n'].join(', ');
  const by =
    keys.length === 0
      ? ''
      : ` GROUP BY ${names.join(', ')} ORDER BY ${names.map((name) => `${name} NULLS LAST`).join(', ')}`;
  const found = await session.rows<Record<string, SqlValue>>(`SELECT ${list} FROM (${rows})${by}`, options);
  return found
    .map((row) => ({ values: names.map((name) => row[name] ?? null), count: row['n'] as bigint }))
    .filter(({ count }) => count > 0n);
}

function matches(sqls: readonly string[], { values }: Tuple): string {
  return sqls.map((sql, index) => `${sql} IS NOT DISTINCT FROM ${keyLiteral(values[index] ?? null)}`).join(' AND ');
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

let copies = 0;

/** One COPY: the file under its content's name, or nothing when it has no rows. */
async function writeFile(
  session: Session,
  input: WriteInput,
  keys: readonly PartitionKey[],
  tuple: Tuple,
  sql: string,
): Promise<readonly WrittenFile[]> {
  const { schema, spec, directory, namePrefix, signal } = input;
  const options = signal ? { signal } : {};
  copies += 1;
  const draft = path.join(directory, `${namePrefix}.${process.pid}-${copies}.tmp`);
  const [copied] = await session.rows<CopyResult>(
    `COPY (${sql}) TO ${quoteText(draft)} (FORMAT parquet, COMPRESSION zstd, WRITE_BLOOM_FILTER false, RETURN_STATS, FIELD_IDS ${fieldIdsSql(schema)})`,
    options,
  );
  const recordCount = copied?.count ?? 0n;
  if (recordCount === 0n) {
    await rm(draft, { force: true });
    return [];
  }
  const columns = leafColumns(schema);
  const stats = new Map(
    copied!.column_statistics.map(([name, values]) => [name, Object.fromEntries(values) as ColumnStats]),
  );
  refuseNulls(schema, columns, stats);
  const more = await missingStats(session, draft, columns, stats);
  const metrics = fileMetrics(columns, more.stats, more.nans);
  const { size } = await stat(draft);
  const name = `${namePrefix}-${(await sha256File(draft)).slice(0, 16)}.parquet`;
  const folders = keys.map((key, index) => key.pathPart(tuple.values[index] ?? null));
  const localPath = path.join(directory, ...folders, name);
  await mkdir(path.dirname(localPath), { recursive: true });
  await rename(draft, localPath);
  const relativePath = ['data', ...folders, name].join('/');
  const dataFile: DataFile = {
    content: 0,
    filePath: relativePath,
    fileFormat: 'PARQUET',
    specId: spec['spec-id'],
    partition: partitionTuple(spec, keys, tuple.values),
    recordCount,
    fileSizeBytes: BigInt(size),
    ...metrics,
    ...(input.sortOrderId === undefined ? {} : { sortOrderId: input.sortOrderId }),
  };
  return [{ localPath, relativePath, dataFile }];
}

interface CopyResult {
  readonly count: bigint;
  readonly column_statistics: readonly (readonly [name: string, values: readonly (readonly [string, string])[]])[];
}

/** The files' columns are all optional (DuckDB writes no others), so what `required` means is checked here. */
function refuseNulls(schema: Schema, columns: readonly LeafColumn[], stats: ReadonlyMap<string, ColumnStats>): void {
  for (const field of schema.fields) {
    const leaf = columns.find(({ id }) => id === field.id);
    const nulls = leaf && stats.get(leaf.statName)?.null_count;
    if (field.required && nulls !== undefined && nulls !== '0') {
      throw new SluiceError('INTERNAL', `column ${field.name} is required, but ${nulls} rows to be written have none`);
    }
  }
}

/** What DuckDB leaves out: how many NaN a column has, and the bounds of texts and bytes above some hundred bytes. Read from the file, for those columns only. */
async function missingStats(
  session: Session,
  file: string,
  columns: readonly LeafColumn[],
  stats: ReadonlyMap<string, ColumnStats>,
): Promise<{ readonly stats: ReadonlyMap<string, ColumnStats>; readonly nans: ReadonlyMap<number, bigint> }> {
  const single = columns.filter(({ repeated }) => !repeated);
  const nan = single.filter(({ type, statName }) => isFloat(type) && hasNan(stats.get(statName) ?? {}));
  const long = single.filter(
    ({ type, statName }) => (type === 'string' || type === 'binary') && isUnbounded(stats.get(statName)),
  );
  const items = [
    ...nan.map((column) => `count(*) FILTER (WHERE isnan(${sqlPath(column)})) AS ${quoteIdent(`nan ${column.id}`)}`),
    ...long.flatMap((column) => {
      const value = column.type === 'binary' ? `hex(${sqlPath(column)})` : sqlPath(column);
      return [
        `min(${value}) AS ${quoteIdent(`min ${column.id}`)}`,
        `max(${value}) AS ${quoteIdent(`max ${column.id}`)}`,
      ];
    }),
  ];
  if (items.length === 0) return { stats, nans: new Map() };
  const [row] = await session.rows<Record<string, SqlValue>>(
    `SELECT ${items.join(', ')} FROM read_parquet(${quoteText(file)})`,
  );
  const completed = new Map(stats);
  for (const { id, statName } of long) {
    const [least, most] = [row![`min ${id}`], row![`max ${id}`]];
    if (typeof least === 'string' && typeof most === 'string')
      completed.set(statName, { ...stats.get(statName), min: least, max: most });
  }
  return { stats: completed, nans: new Map(nan.map(({ id }) => [id, row![`nan ${id}`] as bigint])) };
}

function isUnbounded(stats: ColumnStats | undefined): boolean {
  return (
    stats !== undefined && (stats.min === undefined || stats.max === undefined) && stats.null_count !== stats.num_values
  );
}

function sqlPath({ path: names }: LeafColumn): string {
  return names.map(quoteIdent).join('.');
}
