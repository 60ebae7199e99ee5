import path from 'node:path';
import { quoteText } from '../../engine/sql';

export type LimitJob = 'J1' | 'J2' | 'J3';

export interface LimitFiles {
  readonly raw?: string;
  readonly windows?: string;
}

const TYPES = { user_id: 'BIGINT', event_time: 'VARCHAR', event_type: 'VARCHAR', properties: 'MAP(VARCHAR, VARCHAR)' };
type EventColumn = keyof typeof TYPES;

/** As engine/copy-to-parquet.ts writes: what a file of the lake costs there, it costs here. */
const PARQUET = 'FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 10000, WRITE_BLOOM_FILTER false, RETURN_STATS';
const RAW_IDS = '{user_id: 1, event_time: 2, event_type: 3, properties: {__duckdb_field_id: 4, key: 5, value: 6}}';
const WINDOW_IDS = '{window_start: 1, window_end: 2, user_id: 3, event_type: 4, cnt: 5, last_event: 6}';
const MINUTE_US = 60_000_000;

/** The files that a job leaves in `directory`. */
export function limitFiles(job: LimitJob, directory: string): LimitFiles {
  return {
    ...(job === 'J2' ? {} : { raw: path.join(directory, 'raw.parquet') }),
    ...(job === 'J1' ? {} : { windows: path.join(directory, 'windows.parquet') }),
  };
}

/**
 * The statements of a job, the cheapest found: each streams from file to file. J3 counts its windows from the raw file that it has just
 * written, three columns of it, which costs less than a table in between.
 */
export function limitSql(
  job: LimitJob,
  input: { readonly linesFile: string; readonly directory: string },
): readonly string[] {
  const { raw, windows } = limitFiles(job, input.directory);
  return [
    ...(raw === undefined ? [] : [copySql(rawSql(input.linesFile), raw, RAW_IDS)]),
    ...(windows === undefined
      ? []
      : [copySql(windowsSql(raw === undefined ? shortEventsSql(input.linesFile) : fileSql(raw)), windows, WINDOW_IDS)]),
  ];
}

/**
 * Raw rows without Sluice's columns of partition, offset and record time, which a file of lines does not know. Numbering the lines by
 * row_number() made runs twice as dear now and then, by chance: a limit that varies is none.
 */
function rawSql(linesFile: string): string {
  return `SELECT user_id, event_time::TIMESTAMPTZ AS event_time, event_type, properties FROM ${readSql(linesFile, ['user_id', 'event_time', 'event_type', 'properties'])}`;
}

function shortEventsSql(linesFile: string): string {
  return `(SELECT user_id, event_time::TIMESTAMPTZ AS event_time, event_type FROM ${readSql(linesFile, ['user_id', 'event_time', 'event_type'])})`;
}

function fileSql(file: string): string {
  return `read_parquet(${quoteText(file)})`;
}

/** Every window up to the end of the input: a file has an end, so nothing waits for a watermark. */
function windowsSql(events: string): string {
  const minutes = `SELECT epoch_us(event_time) // ${MINUTE_US} AS minute, user_id, event_type, count(*) AS cnt, max(event_time) AS last_event FROM ${events} GROUP BY ALL`;
  return `SELECT make_timestamptz(minute * ${MINUTE_US}) AS window_start, make_timestamptz((minute + 1) * ${MINUTE_US}) AS window_end, user_id, event_type, cnt, last_event FROM (${minutes})`;
}

function readSql(linesFile: string, columns: readonly EventColumn[]): string {
  const types = columns.map((name) => `${name}: ${quoteText(TYPES[name])}`).join(', ');
  return `read_json(${quoteText(linesFile)}, format = 'newline_delimited', compression = 'uncompressed', columns = {${types}})`;
}

function copySql(select: string, file: string, fieldIds: string): string {
  return `COPY (${select}) TO ${quoteText(file)} (${PARQUET}, FIELD_IDS ${fieldIds})`;
}
