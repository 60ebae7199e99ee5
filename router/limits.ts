/** What one router gives to queries. A request may ask for less, never for more. */
export interface QueryLimits {
  /** From the arrival of the request to its last row, waiting included. */
  readonly timeoutMs: number;
  readonly maxRows: number;
  /** Rows are held in memory until they are sent: a result is cut at about this size, whatever `maxRows` says. */
  readonly maxResultBytes: number;
  /** Data files of one query, after pruning: more would fill the disk of the file cache. */
  readonly maxScanBytes: number;
  readonly maxSqlChars: number;
  /** Queries at the same time. Each holds a thread of Node's pool (4 by default), and files are read with the same threads. */
  readonly concurrent: number;
  /** Queries that may wait for a turn; the next one is refused. */
  readonly waiting: number;
  /** DuckDB's size text, for each query; more spills to disk. */
  readonly memoryLimit: string;
  readonly maxSpill: string;
  readonly threads: number;
}

export const defaultLimits: QueryLimits = Object.freeze({
  timeoutMs: 60_000,
  maxRows: 100_000,
  maxResultBytes: 64 * 1024 * 1024,
  maxScanBytes: 32 * 1024 ** 3,
  maxSqlChars: 100_000,
  concurrent: 3,
  waiting: 32,
  memoryLimit: '400MB',
  maxSpill: '20GB',
  threads: 2,
});

/** Rows given to a request that does not say how many it wants. */
export const defaultMaxRows = 10_000;
