import { performance } from 'node:perf_hooks';
import { isSluiceError, SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import { retainedOr } from '../lake/history/swept';
import { currentSnapshot } from '../lake/iceberg/metadata';
import { loadContent, type Lake, type LoadedTable } from '../lake/lake';
import { inParallel } from '../lake/manifests';
import type { FileCache } from '../lake/objects/file-cache';
import { showSql } from './catalog-queries';
import { startDeadline, untilAborted } from './deadline';
import { splitExplain } from './explain';
import type { Gate } from './gate';
import { nameObjects, wipeFileNames, type FileNames } from './hide-paths';
import { defaultMaxRows, type QueryLimits } from './limits';
import { checkScanSize, emptyViews, fetchFiles, planTables, viewDefinitions, type PlannedTable } from './plan-tables';
import { readRows, type ReadRows, type ResultColumn } from './read-result';
import type { JsonValue } from './json-value';
import { columnRanges } from './ranges';
import { resolveTables } from './resolve-tables';
import { openSandbox, type Sandbox } from './sandbox';
import { readStatement, type Statement } from './statement';

/** What a query needs; the router and the command line make it with `openQueryDeps`. */
export interface QueryDeps {
  readonly lake: Lake;
  readonly cache: FileCache;
  readonly gate: Gate;
  readonly limits: QueryLimits;
  readonly spillDirectory: string;
}

export interface QueryInput {
  readonly sql: string;
  /** Branch, tag, hash, time, `-2h`, `batch:PIPELINE/N`, `ref@…`, `…~N` (see parseRefText); the main branch by default. */
  readonly ref?: string;
  readonly maxRows?: number;
  readonly timeoutMs?: number;
  /** Ends the query when its client goes away. */
  readonly signal?: AbortSignal;
}

export interface TableUse {
  readonly name: string;
  /** Null for a table without rows. */
  readonly snapshotId: bigint | null;
  readonly filesRead: number;
  /** Files that the manifests ruled out without opening them. */
  readonly filesPruned: number;
  readonly bytes: bigint;
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly JsonValue[])[];
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly truncatedBy?: 'rows' | 'bytes';
  /** The one state of the lake that all tables were read at. */
  readonly ref: { readonly name: string | null; readonly hash: string };
  readonly tables: readonly TableUse[];
  readonly elapsedMs: number;
}

/**
 * Runs one read-only statement over lake tables, all at one hash.
 * Throws QUERY_REFUSED, QUERY_FAILED (DuckDB's message), REF_NOT_FOUND, TABLE_NOT_FOUND, NOT_RETAINED, UNSUPPORTED_TABLE, QUERY_TIMEOUT, QUERY_CANCELLED,
 * ROUTER_BUSY, CATALOG_UNAVAILABLE, STORE_UNAVAILABLE.
 */
export async function runQuery(deps: QueryDeps, input: QueryInput): Promise<QueryResult> {
  const { limits } = deps;
  if (input.sql.length > limits.maxSqlChars) {
    throw new SluiceError(
      'QUERY_REFUSED',
      `the statement has ${input.sql.length} characters, the router takes ${limits.maxSqlChars}`,
      { cure: 'Shorten it: values that fill a statement belong into a table.' },
    );
  }
  const startedMs = performance.now();
  const deadline = startDeadline(Math.min(input.timeoutMs ?? limits.timeoutMs, limits.timeoutMs), input.signal);
  try {
    const leave = await deps.gate.enter(deadline.signal);
    try {
      const result = await runInSandbox(deps, input, deadline.signal);
      return { ...result, elapsedMs: Math.round(performance.now() - startedMs) };
    } finally {
      leave();
    }
  } finally {
    deadline.clear();
  }
}

async function runInSandbox(
  deps: QueryDeps,
  input: QueryInput,
  signal: AbortSignal,
): Promise<Omit<QueryResult, 'elapsedMs'>> {
  const sandbox = await openSandbox(deps.limits, deps.spillDirectory);
  try {
    const { prefix, query } = splitExplain(input.sql);
    const statement = readStatement(query, await sandbox.parse(query));
    const ref = await untilAborted(signal, deps.lake.nessie.resolve(input.ref ?? deps.lake.mainBranch));
    const prepared = await retainedOr(deps.lake, ref.hash, () =>
      prepare({ deps, sandbox, statement, hash: ref.hash, signal }),
    );
    try {
      const sql = prefix + (prepared.sql ?? query);
      const read = await execute({ deps, sandbox, sql, input, signal, names: prepared.names });
      return {
        columns: read.columns,
        rows: prefix === '' ? read.rows : read.rows.map(([kind, plan]) => [kind!, wipeFileNames(String(plan))]),
        rowCount: read.rows.length,
        truncated: read.truncatedBy !== undefined,
        ...(read.truncatedBy && { truncatedBy: read.truncatedBy }),
        ref: { name: ref.name ?? null, hash: ref.hash },
        tables: prepared.planned.map(tableUse),
      };
    } finally {
      await prepared.release();
    }
  } finally {
    await sandbox.close();
  }
}

interface Prepared {
  /** When it is not the user's own text that is run. */
  readonly sql?: string;
  readonly planned: readonly PlannedTable[];
  readonly names: FileNames;
  release(): Promise<void>;
}

interface PrepareInput {
  readonly deps: QueryDeps;
  readonly sandbox: Sandbox;
  readonly statement: Statement;
  readonly hash: string;
  readonly signal: AbortSignal;
}

/** Finds the tables at `hash`, fetches their files, shows them in the sandbox, and seals it. */
async function prepare({ deps, sandbox, statement, hash, signal }: PrepareInput): Promise<Prepared> {
  const { lake } = deps;
  if (statement.show) {
    const names = (await untilAborted(signal, lake.nessie.entries(hash))).map(({ name }) => name);
    await sandbox.seal({ files: [], definitions: [] });
    return { sql: showSql(statement.show, names), planned: [], names: new Map(), release: async () => {} };
  }
  const tables = await untilAborted(signal, resolveTables(lake, hash, statement.tables));
  const ranges = await columnRanges(sandbox, statement.filters, tables);
  const planned = await untilAborted(signal, planTables(lake, tables, ranges));
  checkScanSize(planned, deps.limits.maxScanBytes);
  const onlySeen = statement.readsCatalog ? await untilAborted(signal, otherTables(lake, hash, tables)) : [];
  const fetched = await fetchFiles(deps.cache, planned, signal);
  try {
    await sandbox.seal({
      files: fetched.paths,
      definitions: [...viewDefinitions(planned, fetched), ...emptyViews(onlySeen)],
    });
    return { planned, names: fetched.names, release: fetched.release };
  } catch (error) {
    await fetched.release();
    throw error;
  }
}

/** Every table of the catalog that the query does not read: information_schema shows their names and columns. */
async function otherTables(lake: Lake, hash: string, read: readonly LoadedTable[]): Promise<readonly LoadedTable[]> {
  const known = new Set(read.map(({ name }) => formatTableName(name).toLowerCase()));
  const entries = (await lake.nessie.entries(hash)).filter(({ name }) => {
    const key = formatTableName(name).toLowerCase();
    return !known.has(key) && known.add(key);
  });
  return inParallel(entries, 8, ({ name, content }) => loadContent(lake, name, content));
}

interface ExecuteInput {
  readonly deps: QueryDeps;
  readonly sandbox: Sandbox;
  readonly sql: string;
  readonly input: QueryInput;
  readonly signal: AbortSignal;
  readonly names: FileNames;
}

async function execute({ deps, sandbox, sql, input, signal, names }: ExecuteInput): Promise<ReadRows> {
  try {
    const result = await sandbox.start(sql, signal);
    return await readRows({
      sandbox,
      result,
      maxRows: Math.min(input.maxRows ?? defaultMaxRows, deps.limits.maxRows),
      maxBytes: deps.limits.maxResultBytes,
      signal,
    });
  } catch (error) {
    throw isSluiceError(error) ? nameObjects(error, names) : error;
  }
}

function tableUse({ table, scan, filesPruned }: PlannedTable): TableUse {
  return {
    name: formatTableName(table.name),
    snapshotId: currentSnapshot(table.metadata)?.['snapshot-id'] ?? null,
    filesRead: scan.files.length,
    filesPruned,
    bytes: scan.files.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n),
  };
}
