import { mkdir } from 'node:fs/promises';
import type { PartitionSpec, Schema } from '../lake/iceberg/types';
import { copyToParquet, type WrittenFile } from './copy-to-parquet';
import type { Session } from './engine';
import { keyLiteral, partitionKeys, partitionTuple, type PartitionKey } from './partition-sql';
import { quoteIdent } from './sql';
import { icebergToDuckdb } from './types';
import { userQueryError } from './user-query';
import type { SqlValue } from './values';

export type { WrittenFile } from './copy-to-parquet';

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
  /** What the SQL inside `select` belongs to when a user wrote it; DuckDB's errors are then QUERY_FAILED with that name, not INTERNAL. */
  readonly userQuery?: string;
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
  try {
    return await writeRows(session, input);
  } catch (error) {
    throw input.userQuery === undefined ? error : userQueryError(input.userQuery, error);
  }
}

async function writeRows(session: Session, input: WriteInput): Promise<readonly WrittenFile[]> {
  const { schema, spec, select, targetRows = DEFAULT_TARGET_ROWS } = input;
  await mkdir(input.directory, { recursive: true });
  const keys = partitionKeys(spec, schema);
  const rows = `SELECT ${schema.fields.map(({ name, type }) => `${quoteIdent(name)}::${icebergToDuckdb(type)} AS ${quoteIdent(name)}`).join(', ')} FROM (${select})`;
  const sqls = keys.map(({ sql }) => sql);
  const job: Job = { session, input, keys };
  // A query without partitions is not run twice for its count: COPY counts by itself.
  if (keys.length === 0 && !PLAIN_TABLE.test(select)) return writeFile(job, [], rows);
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
  const stage = (select: string): Promise<void> =>
    session.run(`CREATE OR REPLACE TEMP TABLE ${STAGE} AS ${select}`, job.input);
  // Sorted by the row's place as well, which keeps the order within a partition: the sort alone is not stable.
  const sorted = (place: string): string => `ORDER BY ${[...names, place].join(', ')}`;
  try {
    if (counted && !fit(tuples)) {
      // Straight into its order: a copy of the rows in theirs, to sort it afterwards, would be memory for nothing.
      const placed = ['row_number() OVER () AS "$ place"', ...keyColumns, '*'].join(', ');
      await stage(`SELECT * EXCLUDE ("$ place") FROM (SELECT ${placed} FROM (${rows})) ${sorted('"$ place"')}`);
      return await writeRanges(job, tuples, targetRows);
    }
    await stage(`SELECT ${[...keyColumns, '*'].join(', ')} FROM (${rows})`);
    const staged = counted ? tuples : await countTuples(job, names, STAGE);
    if (fit(staged)) return await writeFiltered(job, staged, names, STAGE);
    await stage(`SELECT * FROM ${STAGE} ${sorted('rowid')}`);
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
    written.push(...(await writeFile(job, tuple.values, `SELECT ${columnList(job)} FROM ${from}${where}`)));
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
          tuple.values,
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

function writeFile(
  { session, input, keys }: Job,
  values: readonly SqlValue[],
  sql: string,
): Promise<readonly WrittenFile[]> {
  const { spec } = input;
  const folders = keys.map((key, index) => key.pathPart(values[index] ?? null));
  return copyToParquet(
    session,
    { ...input, specId: spec['spec-id'], partition: partitionTuple(spec, keys, values), folders },
    sql,
  );
}
