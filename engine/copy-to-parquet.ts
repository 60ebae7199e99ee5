import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { sha256File } from '../base/hash';
import type { DataFile, PartitionValue, Schema } from '../lake/iceberg/types';
import type { Session } from './engine';
import { fieldIdsSql, leafColumns, type LeafColumn } from './parquet-columns';
import { fileMetrics, hasNan, isFloat, type ColumnStats } from './parquet-stats';
import { quoteIdent, quoteText } from './sql';
import type { SqlValue } from './values';

export interface WrittenFile {
  readonly localPath: string;
  /** `data/<partition>/<prefix>-<first 16 hex digits of the bytes' sha256>.parquet`, below the table's location. */
  readonly relativePath: string;
  /** `filePath` is the relative path: the caller puts the table's location before it. */
  readonly dataFile: DataFile;
}

export interface CopyInput {
  readonly schema: Schema;
  readonly specId: number;
  readonly partition: readonly PartitionValue[];
  /** Of the partition, below `data/`: only for people who look. */
  readonly folders: readonly string[];
  readonly sortOrderId?: number;
  readonly directory: string;
  readonly namePrefix: string;
  readonly signal?: AbortSignal;
}

/**
 * Distinct values of a column chunk above which no dictionary is built. DuckDB's own limit is a fifth of a row group, and it pays for the
 * attempt: 5 % of the CPU of lineitem and 9 % of that of events go into dictionaries that are then thrown away.
 */
const DICTIONARY_SIZE_LIMIT = 10_000;

/** Of zstd. The usual 3 takes 0.19 µs per event more of a raw file (a fifth of its whole cost) and makes it 2 % smaller. */
const COMPRESSION_LEVEL = 1;

let copies = 0;

/** One COPY: the file under its content's name, or nothing when it has no rows. */
export async function copyToParquet(session: Session, input: CopyInput, sql: string): Promise<readonly WrittenFile[]> {
  const { schema, specId, directory, namePrefix, folders, partition, sortOrderId } = input;
  copies += 1;
  const draft = path.join(directory, `${namePrefix}.${process.pid}-${copies}.tmp`);
  const [copied] = await session.rows<CopyResult>(
    `COPY (${sql}) TO ${quoteText(draft)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${COMPRESSION_LEVEL}, DICTIONARY_SIZE_LIMIT ${DICTIONARY_SIZE_LIMIT}, WRITE_BLOOM_FILTER false, RETURN_STATS, FIELD_IDS ${fieldIdsSql(schema)})`,
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
  const localPath = path.join(directory, ...folders, name);
  await mkdir(path.dirname(localPath), { recursive: true });
  await rename(draft, localPath);
  const relativePath = ['data', ...folders, name].join('/');
  const dataFile: DataFile = {
    content: 0,
    filePath: relativePath,
    fileFormat: 'PARQUET',
    specId,
    partition,
    recordCount,
    fileSizeBytes: BigInt(size),
    ...metrics,
    ...(sortOrderId === undefined ? {} : { sortOrderId }),
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
