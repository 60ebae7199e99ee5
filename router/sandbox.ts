import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import { SluiceError } from '../base/errors';
import { quoteText, quoteTexts } from '../engine/sql';
import type { QueryLimits } from './limits';
import { spillName } from './stale-spill';

export type SandboxLimits = Pick<QueryLimits, 'memoryLimit' | 'maxSpill' | 'threads'>;

/**
 * A DuckDB of its own for one query (15 ms to make): its views show the tables at that query's hash, so queries at different refs cannot meet; after
 * `seal` it can open the named files and nothing else, whatever the SQL says, and no setting can be changed.
 */
export interface Sandbox {
  /** DuckDB's own tree of a statement, as JSON text; also for text that is no SQL. Nothing is run. */
  parse(sql: string): Promise<string>;
  /** The first row of SQL of our own; undefined when it fails. The transaction of the query lasts from opening to the end: now() stands still. */
  evaluate(sql: string): Promise<readonly unknown[] | undefined>;
  /** Runs `definitions` (views over `files`), then closes every other door. Only once. */
  seal(input: { readonly files: readonly string[]; readonly definitions: readonly string[] }): Promise<void>;
  /** Starts the user's statement. Throws QUERY_FAILED with DuckDB's message, or the signal's reason. */
  start(sql: string, signal: AbortSignal): Promise<DuckDBResult>;
  /** Runs `work` (fetching rows) under the same rules. */
  guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openSandbox(limits: SandboxLimits, spillDirectory: string): Promise<Sandbox> {
  const spill = path.join(spillDirectory, spillName(process.pid, randomBytes(6).toString('hex')));
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: limits.memoryLimit,
    threads: String(limits.threads),
    temp_directory: spill,
    max_temp_directory_size: limits.maxSpill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    // A result is cut after maxRows: which rows these are should not depend on threads.
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();

  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  await connection.run('BEGIN TRANSACTION');

  const guarded = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const interrupt = (): void => connection.interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw queryError(error);
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  };

  return {
    guarded,
    async parse(sql) {
      // The text travels as a C string: what stands after a NUL would be run unseen, or seen and not run.
      if (sql.includes('\u0000')) throw new SluiceError('QUERY_FAILED', 'the statement holds a NUL character');
      const [row] = await (await connection.run(`SELECT json_serialize_sql(${quoteText(sql)})`)).getRows();
      return String(row?.[0]);
    },
    async evaluate(sql) {
      try {
        return (await (await connection.run(sql)).getRows())[0];
      } catch {
        // Not ours to report: what fails here fails again in the query, with the user's own words around it.
        await connection.run('ROLLBACK');
        await connection.run('BEGIN TRANSACTION');
        return undefined;
      }
    },
    seal: ({ files, definitions }) => seal(connection, files, definitions),
    start: (sql, signal) => guarded(signal, () => connection.stream(sql)),
    async close() {
      connection.closeSync();
      instance.closeSync();
      await rm(spill, { recursive: true, force: true });
    },
  };
}

async function seal(
  connection: DuckDBConnection,
  files: readonly string[],
  definitions: readonly string[],
): Promise<void> {
  const statements = [
    `SET GLOBAL allowed_paths = ${files.length === 0 ? '[]::VARCHAR[]' : quoteTexts(files)}`,
    'SET GLOBAL enable_external_access = false',
    ...definitions,
    'SET GLOBAL lock_configuration = true',
  ];
  for (const statement of statements) {
    try {
      await connection.run(statement);
    } catch (error) {
      throw new SluiceError('INTERNAL', `DuckDB did not take a table of the lake: ${messageOf(error)}`, {
        cause: error,
        context: { sql: statement.slice(0, 500) },
      });
    }
  }
}

function queryError(error: unknown): Error {
  const message = messageOf(error);
  if (/^Out of Memory Error/i.test(message)) {
    return new SluiceError('QUERY_FAILED', firstLine(message), {
      cure: 'Aggregate or filter earlier, or raise SLUICE_MEMORY_LIMIT of the router.',
      cause: error,
    });
  }
  if (/^(?:INTERNAL|FATAL|IO) Error/i.test(message))
    return new SluiceError('INTERNAL', `DuckDB: ${message}`, { cause: error });
  return new SluiceError('QUERY_FAILED', message, { cause: error });
}

/** Not by `instanceof`: errors of native code belong to another realm under Jest. */
function messageOf(error: unknown): string {
  return String((error as { readonly message?: unknown } | null)?.message ?? error);
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
