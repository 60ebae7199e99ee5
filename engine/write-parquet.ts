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
  /** Rows per file at most; 50 million by default (about 1 GB of events). */
  readonly targetRows?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TARGET_ROWS = 50_000_000;
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
  const sqls = keys.map(({ sql }) => sql);
  const job: Job = { session, input, keys };
  // A query without partitions is not run twice for its count: COPY counts by itself.
  if (keys.length === 0 && !PLAIN_TABLE.test(select)) return writeFile(job, EVERYTHING, rows);
  // Keys made by JavaScript functions are computed once, in a copy of the rows. A query runs once for its keys alone, which is
  // cheap when it reads files (compaction), and again for its rows; it is copied only when it falls into several partitions.
  const hashed = sqls.some((sql) => sql.includes('sluice_bucket'));
  const counted = !hashed || !PLAIN_TABLE.test(select);
  const tuples = counted ? await countTuples(job, sqls, `(${rows})`) : [];
  const fit = (found: readonly Tuple[]): boolean =>
    found.length <= FILTERED_PARTITIONS && found.every(({ count }) => count <= BigInt(targetRows));
  const direct = counted && fit(tuples) && (tuples.length <= 1 || (PLAIN_TABLE.test(select) && !hashed));
  if (direct) return writeFiltered(job, tuples, sqls, `(${rows})`);
  const names = keys.map((_, index) => quoteIdent(`$ key ${index}`));
  const keyColumns = sqls.map((sql, index) => `${sql} AS ${names[index]}`);
  try {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${STAGE} AS SELECT ${[...keyColumns, '*'].join(', ')} FROM (${rows})`,
      job.input,
    );
    const staged = counted ? tuples : await countTuples(job, names, STAGE);
    if (fit(staged)) return await writeFiltered(job, staged, names, STAGE);
    // Sorted by the row's place as well, which keeps the order within a partition: the sort alone is not stable.
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${STAGE} AS SELECT * FROM ${STAGE} ORDER BY ${[...names, 'rowid'].join(', ')}`,
      job.input,
    );
    return await writeRanges(job, staged, targetRows);
  } finally {
    await session.run(`DROP TABLE IF EXISTS ${STAGE}`);
  }
}

interface Job {
  readonly session: Session;
  readonly input: WriteInput;
  readonly keys: readonly PartitionKey[];
}

/** One scan with a filter per tuple. */
async function writeFiltered(
  job: Job,
  tuples: readonly Tuple[],
  keySqls: readonly string[],
  from: string,
): Promise<readonly WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const tuple of tuples) {
    const filter = keySqls.map(
      (sql, index) => `${sql} IS NOT DISTINCT FROM ${keyLiteral(tuple.values[index] ?? null)}`,
    );
    const where = tuples.length === 1 ? '' : ` WHERE ${filter.join(' AND ')}`;
    written.push(...(await writeFile(job, tuple, `SELECT ${columnList(job)} FROM ${from}${where}`)));
  }
  return written;
}

/** From the sorted stage: each tuple's rows stand together, in the order of countTuples. */
async function writeRanges(job: Job, tuples: readonly Tuple[], targetRows: number): Promise<readonly WrittenFile[]> {
  const written: WrittenFile[] = [];
  let first = 0n;
  for (const tuple of tuples) {
    const last = first + tuple.count;
    for (let at = first; at < last; at += BigInt(targetRows)) {
      const end = at + BigInt(targetRows) < last ? at + BigInt(targetRows) : last;
      written.push(
        ...(await writeFile(
          job,
          tuple,
          `SELECT ${columnList(job)} FROM ${STAGE} WHERE rowid >= ${at} AND rowid < ${end}`,
        )),
      );
    }
    first = last;
  }
  return written;
}

function columnList({ input }: Job): string {
  return input.schema.fields.map(({ name }) => quoteIdent(name)).join(', ');
}

interface Tuple {
  readonly values: readonly SqlValue[];
  readonly count: bigint;
}

const EVERYTHING: Tuple = { values: [], count: 0n };

/** The partition tuples with their row counts, in the order of their values, NULLs last: the order that sorting the rows gives. */
async function countTuples(
  { session, input }: Job,
  keySqls: readonly string[],
  from: string,
): Promise<readonly Tuple[]> {
  const names = keySqls.map((_, index) => `k${index}`);
  const list = [...keySqls.map((sql, index) => `${sql} AS ${names[index]}`), 'count(*) AS n'].join(', ');
  const by =
    names.length === 0
      ? ''
      : ` GROUP BY ${names.join(', ')} ORDER BY ${names.map((name) => `${name} NULLS LAST`).join(', ')}`;
  const found = await session.rows<Record<string, SqlValue>>(`SELECT ${list} FROM ${from}${by}`, input);
  return found
    .map((row) => ({ values: names.map((name) => row[name] ?? null), count: row['n'] as bigint }))
    .filter(({ count }) => count > 0n);
}

let copies = 0;

/** One COPY: the file under its content's name, or nothing when it has no rows. */
async function writeFile({ session, input, keys }: Job, tuple: Tuple, sql: string): Promise<readonly WrittenFile[]> {
  const { schema, spec, directory, namePrefix } = input;
  copies += 1;
  const draft = path.join(directory, `${namePrefix}.${process.pid}-${copies}.tmp`);
  const [copied] = await session.rows<CopyResult>(
    `COPY (${sql}) TO ${quoteText(draft)} (FORMAT parquet, COMPRESSION zstd, WRITE_BLOOM_FILTER false, RETURN_STATS, FIELD_IDS ${fieldIdsSql(schema)})`,
    input,
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
