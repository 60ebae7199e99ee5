import { mkdir } from 'node:fs/promises';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { describeError, SluiceError } from '../base/errors';
import { registerBucketFunctions } from './bucket-functions';
import { registerRowChecksum } from './row-checksum';
import { quoteTexts } from './sql';
import { toSqlValue, type Row, type SqlValue } from './values';

export interface EngineOptions {
  /** DuckDB's size text, `400MB`: buffers, tables and sorts beyond it spill to `tempDirectory`. */
  readonly memoryLimit: string;
  readonly threads: number;
  /** Made when missing. Spill files only; at most `maxTempSize`. */
  readonly tempDirectory: string;
  /** Bound of the spill files, `20GB` by default: a runaway query fails instead of filling the disk. */
  readonly maxTempSize?: string;
  /**
   * When given, DuckDB itself refuses every file outside these directories and `tempDirectory`, and the network; settings are locked.
   * Without it only the checks of user SQL (`checkUserQuery`) stand between a query and the machine.
   */
  readonly directories?: readonly string[];
}

export interface RunOptions {
  /** Interrupts the statement; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's spelling, `DECIMAL(18,2)`, `MAP(VARCHAR, BIGINT)`. */
  readonly type: string;
}

/** One connection: its temporary tables and its settings are its own. One statement at a time. */
export interface Session {
  /** Runs one or more statements for their effect. Throws INTERNAL with DuckDB's message. */
  run(sql: string, options?: RunOptions): Promise<void>;
  /** All rows of one statement, see SqlValue for how values come. For large results use `batches`. */
  rows<T = Row>(sql: string, options?: RunOptions): Promise<T[]>;
  /** The rows as they are computed, about 2048 at a time. */
  batches<T = Row>(sql: string, options?: RunOptions): AsyncIterable<readonly T[]>;
  /** The columns that a query would return, without running it. */
  describe(sql: string, options?: RunOptions): Promise<readonly ResultColumn[]>;
  interrupt(): void;
  close(): void;
}

/** One DuckDB instance with its memory and its tables, which all its sessions see. */
export interface Engine {
  session(): Promise<Session>;
  close(): Promise<void>;
}

/** Opens an in-memory DuckDB: UTC, insertion order kept, no extensions from the network. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { memoryLimit, threads, tempDirectory, maxTempSize = '20GB', directories } = options;
  await mkdir(tempDirectory, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: tempDirectory,
    max_temp_directory_size: maxTempSize,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    // Memory that was freed goes back to the system also while nobody asks for any: a tenth off the peak of a worker.
    allocator_background_threads: 'true',
  });
  const first = await instance.connect();
  await first.run(`SET GLOBAL TimeZone = 'UTC'`);
  registerBucketFunctions(first);
  registerRowChecksum(first);
  if (directories) {
    await first.run(`SET GLOBAL allowed_directories = ${quoteTexts([...directories, tempDirectory].map(withSlash))}`);
    await first.run('SET GLOBAL enable_external_access = false');
    await first.run('SET GLOBAL lock_configuration = true');
  }
  first.closeSync();
  return {
    async session() {
      return openSession(await instance.connect());
    },
    async close() {
      instance.closeSync();
    },
  };
}

function withSlash(directory: string): string {
  return directory.endsWith('/') ? directory : `${directory}/`;
}

function openSession(connection: DuckDBConnection): Session {
  const guarded = async <T>(sql: string, { signal }: RunOptions, work: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    const interrupt = () => connection.interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw engineError(error, sql);
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  };
  return {
    run: (sql, options = {}) => guarded(sql, options, async () => void (await connection.run(sql))),
    rows: <T>(sql: string, options: RunOptions = {}) =>
      guarded(
        sql,
        options,
        async () => (await (await connection.run(sql)).convertRowObjects<SqlValue>(toSqlValue)) as unknown as T[],
      ),
    async *batches<T>(sql: string, options: RunOptions = {}) {
      const result = await guarded(sql, options, () => connection.stream(sql));
      const batches = result.yieldConvertedRowObjects<SqlValue>(toSqlValue)[Symbol.asyncIterator]();
      for (;;) {
        const next = await guarded(sql, options, () => batches.next());
        if (next.done) return;
        yield next.value as unknown as readonly T[];
      }
    },
    describe: (sql, options = {}) =>
      guarded(sql, options, async () => {
        const rows = await (await connection.run(`DESCRIBE ${sql}`)).convertRowObjects<SqlValue>(toSqlValue);
        return rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
      }),
    interrupt: () => connection.interrupt(),
    close: () => connection.closeSync(),
  };
}

const SHOWN_SQL = 2000;

function engineError(error: unknown, sql: string): SluiceError {
  const message = describeError(error);
  const cure = /out of memory/i.test(message) ? { cure: 'Raise SLUICE_MEMORY_LIMIT or lower batch.max_events.' } : {};
  return new SluiceError('INTERNAL', `DuckDB: ${message}`, {
    ...cure,
    cause: error,
    context: { sql: sql.slice(0, SHOWN_SQL) },
  });
}
