/**
 * The child of the limit: a LimitRequest on stdin, a LimitResult on stdout. DuckDB alone, from a file of lines to Parquet files: no Kafka,
 * catalog, object store or Temporal. Loading node and DuckDB is not counted.
 */
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import { limitFiles, limitSql, type LimitFiles, type LimitJob } from './limit-sql';

export interface LimitRequest {
  readonly job: LimitJob;
  readonly linesFile: string;
  readonly directory: string;
  readonly threads: number;
}

export interface LimitResult {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly files: LimitFiles;
}

async function run({ job, linesFile, directory, threads }: LimitRequest): Promise<LimitResult> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  const [startedAt, before] = [process.hrtime.bigint(), process.cpuUsage()];
  for (const sql of limitSql(job, { linesFile, directory })) await connection.run(sql);
  const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const { user, system } = process.cpuUsage(before);
  connection.closeSync();
  instance.closeSync();
  return {
    wallSeconds,
    cpuSeconds: (user + system) / 1e6,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    files: limitFiles(job, directory),
  };
}

async function main(): Promise<void> {
  process.stdout.write(JSON.stringify(await run(JSON.parse(await text(process.stdin)) as LimitRequest)));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
