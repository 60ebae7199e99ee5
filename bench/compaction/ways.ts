import path from 'node:path';
import { encodeAgain } from '../../engine/encode-again';
import { openEngine, type Session } from '../../engine/engine';
import { copyGroup } from '../../engine/parquet-copy/copy-group';
import { filesRelation } from '../../engine/read-files';
import { quoteIdent, quoteText, quoteTexts } from '../../engine/sql';
import { shapes, type Dataset } from './datasets';

export interface WayInput {
  readonly data: Dataset;
  /** Empty, for this round only. */
  readonly directory: string;
  readonly session: Session;
}

/** What a way made: paths of Parquet files that together hold the rows of the data set. */
export type Way = (input: WayInput) => Promise<readonly string[]>;

export const MEMORY_LIMIT = '2GB';
export const THREADS = 2;

/** The ways of compaction, ours and bare DuckDB's, within one memory limit and two threads. */
export const ways = {
  'copy column chunks': copy,
  're-encode': again,
  'DuckDB re-encode': (input) => bareDuckdb(input, ''),
  'DuckDB sorted': (input) =>
    bareDuckdb(input, ` ORDER BY ${shapes[input.data.name].sortBy.map(quoteIdent).join(', ')}`),
} as const satisfies Readonly<Record<string, Way>>;

export type WayName = keyof typeof ways;

/** With all that compaction does before it publishes: the copy compared byte by byte. */
async function copy({ data, directory }: WayInput): Promise<readonly string[]> {
  const { files, schema } = data;
  const result = await copyGroup({ files, schema, folders: [], directory, namePrefix: 'copy' });
  if (result.way === 'refused') throw new Error(`not copied: ${result.why}`);
  return [result.file.localPath];
}

/** As compaction does: rows read by field id, written with metrics, count and checksum of what went in and of what can be read back compared. */
async function again({ data, directory, session }: WayInput): Promise<readonly string[]> {
  const { schema, files } = data;
  const [first] = files;
  const file = await encodeAgain(session, {
    relation: filesRelation(
      schema,
      files.map(({ localPath }) => localPath),
    ),
    schema,
    place: { specId: first!.dataFile.specId, partition: first!.dataFile.partition, folders: [] },
    directory,
    namePrefix: 're',
  });
  return file ? [file.localPath] : [];
}

async function bareDuckdb({ data, directory, session }: WayInput, orderBy: string): Promise<readonly string[]> {
  const target = path.join(directory, 'bare.parquet');
  const sources = plainRelation(data.files.map(({ localPath }) => localPath));
  await session.run(
    `COPY (SELECT * FROM ${sources}${orderBy}) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  return [target];
}

/** Rows of files as they are; without the option a partition's folder would become a column. */
export function plainRelation(files: readonly string[]): string {
  return `read_parquet(${quoteTexts(files)}, hive_partitioning = false)`;
}

/** Row count and order-free checksum over all columns. */
export async function fingerprint(session: Session, relation: string): Promise<string> {
  const [row] = await session.rows<{ n: bigint; h: string }>(
    `SELECT count(*) AS n, coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR AS h FROM ${relation} t`,
  );
  return `${row!.n} rows, checksum ${row!.h}`;
}

export async function withEngine<T>(directory: string, work: (session: Session) => Promise<T>): Promise<T> {
  const engine = await openEngine({
    memoryLimit: MEMORY_LIMIT,
    threads: THREADS,
    tempDirectory: path.join(directory, 'spill'),
  });
  const session = await engine.session();
  try {
    return await work(session);
  } finally {
    session.close();
    await engine.close();
  }
}
