import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Compression, EnabledStatistics, readParquet, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';
import type { TestEngine } from '../../support/session';

/** Every type that tables have, nested ones too, with NULLs, NaN, long texts and empty lists; equal numbers give equal rows. */
export function everyTypeSql(from: number, to: number): string {
  const nullable = (sql: string, every: number): string => `CASE WHEN i % ${every} = 0 THEN NULL ELSE ${sql} END`;
  const columns: Readonly<Record<string, string>> = {
    id: 'i::BIGINT',
    n: nullable('(i % 100)::INTEGER', 7),
    f: `CASE WHEN i % 50 = 0 THEN 'nan'::FLOAT ELSE (i / 3)::FLOAT END`,
    d: nullable('(i * 1.5)::DOUBLE', 5),
    m: '(i * 1.25)::DECIMAL(18,2)',
    w: nullable('(i * 1234567)::DECIMAL(38,10)', 11),
    day: `DATE '1969-12-01' + (i % 90)::INTEGER`,
    ts: nullable(`TIMESTAMP '1969-12-31 23:59:59' + to_microseconds(i * 777)`, 9),
    tz: `TIMESTAMPTZ '2026-01-31 12:00:00+00' + to_seconds(i)`,
    s: nullable(`CASE WHEN i % 3 = 0 THEN 'few ' || (i % 5) ELSE 'many ' || hash(i) || repeat('ä', i % 30) END`, 13),
    u: `md5(i::VARCHAR)::UUID`,
    b: nullable(`unhex(md5((i * 7)::VARCHAR))`, 4),
    ok: nullable('i % 2 = 0', 3),
    nothing: 'NULL::BIGINT',
    l: nullable(`CASE WHEN i % 4 = 0 THEN [] ELSE [i::VARCHAR, NULL, 'x'] END`, 6),
    p: nullable(`MAP {'k' || (i % 9): i::BIGINT, 'z': NULL}`, 8),
    st: nullable(`{'a': (i % 17)::INTEGER, 'odd "name"': 'z' || i}`, 10),
    deep: `[{'k': MAP {'q': [i::DOUBLE, NULL]}}]`,
  };
  return `SELECT ${Object.entries(columns)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(', ')} FROM range(${from}, ${to}) t(i)`;
}

export interface DuckdbForm {
  readonly codec: 'zstd' | 'snappy' | 'gzip' | 'uncompressed';
  readonly rowGroupRows: number;
  readonly dictionary: boolean;
  readonly bloomFilters: boolean;
  readonly version: 'V1' | 'V2';
}

export async function writeDuckdb(
  { session }: TestEngine,
  { file, sql, form }: { readonly file: string; readonly sql: string; readonly form: DuckdbForm },
): Promise<string> {
  const options = [
    'FORMAT parquet',
    `COMPRESSION ${form.codec}`,
    `ROW_GROUP_SIZE ${form.rowGroupRows}`,
    `PARQUET_VERSION ${form.version}`,
    `WRITE_BLOOM_FILTER ${form.bloomFilters}`,
    ...(form.dictionary ? [] : ['DICTIONARY_SIZE_LIMIT 1']),
    'FIELD_IDS {id: 1, n: 2, s: 3}',
  ];
  await session.run(`COPY (${sql}) TO '${file}' (${options.join(', ')})`);
  return file;
}

export interface WasmForm {
  readonly codec: 'ZSTD' | 'SNAPPY' | 'UNCOMPRESSED';
  readonly rowGroupRows: number;
  readonly dictionary: boolean;
  readonly statistics: 'Page' | 'Chunk' | 'None';
}

/** The same rows as `from`, written by parquet-wasm, which writes page indexes. */
export async function rewriteWasm(from: string, file: string, form: WasmForm): Promise<string> {
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression[form.codec])
    .setMaxRowGroupSize(form.rowGroupRows)
    .setDataPageSizeLimit(2000)
    .setWriteBatchSize(100)
    .setDictionaryEnabled(form.dictionary)
    .setStatisticsEnabled(EnabledStatistics[form.statistics])
    .build();
  await writeFile(file, writeParquet(readParquet(await readFile(from)), properties));
  return file;
}

export function inside(test: TestEngine, name: string): string {
  return path.join(test.directory, name);
}
