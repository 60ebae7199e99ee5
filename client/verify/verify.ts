import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { formatTableName, parseTableName, siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { openEngine } from '../../engine/engine';
import type { Session } from '../../engine/engine';
import { windowSinceMs } from '../../lake/evolve/window-since';
import { currentSchema } from '../../lake/iceberg/metadata';
import { closeLake, openLake } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { openFileCache } from '../../lake/objects/file-cache';
import type { FileCache } from '../../lake/objects/file-cache';
import { readPipelines } from '../../lake/pipeline-record';
import { readProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import { droppedRows } from '../../lake/retention/dropped-record';
import type { Pipeline } from '../../pipeline/model';
import { nearest } from '../../pipeline/nearest';
import { formatBytes, plural } from '../cli/format';
import { checkCommits } from './commits';
import { leaseEarlierLate, ownRows } from './earlier-windows';
import type { EarlierLate } from './earlier-windows';
import { checkLate } from './late';
import type { LateTable } from './late';
import { openJoined } from './joined';
import { checkTiling, ledgerColumns, partitionReports, sum } from './ledger';
import type { LedgerRow } from './ledger';
import type { CheckReport, PipelineReport, VerifyReport } from './report';
import { checkRows } from './rows';
import { openTables } from './tables';
import type { VerifiedTables } from './tables';
import { valueColumns } from './value-columns';
import { checkValues } from './values';
import { checkWatermark } from './watermark';
import { checkWindows } from './windows';
import type { JoinedRows } from './windows';

/** So many pipelines are named when none has a name like the one asked for. */
const NAMED = 5;
const CACHE_BYTES = 4 * 1024 ** 3;

export interface VerifyInput {
  readonly config: SluiceConfig;
  /** Pipelines to verify; all that have a record in the lake by default. */
  readonly names?: readonly string[];
  /** Branch, tag, hash or time; main by default. */
  readonly ref?: string;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** What verify is at: one line of progress. */
export interface VerifyProgress {
  readonly pipeline: string;
  readonly step: string;
}

interface Context {
  readonly lake: Lake;
  readonly cache: FileCache;
  readonly session: Session;
  readonly hash: string;
  readonly onProgress: (progress: VerifyProgress) => void;
}

/**
 * Proves from the tables and the Nessie log alone, at one commit, that every event was kept exactly once: ranges tile, counts
 * agree, nothing is doubled, late rows are accounted for, windows follow from the raw rows, every commit holds its whole batch.
 * Asks neither Kafka nor Temporal. Errors: REF_NOT_FOUND, TABLE_NOT_FOUND, CATALOG_UNAVAILABLE, STORE_UNAVAILABLE.
 */
export async function verifyPipelines({
  config,
  names,
  ref,
  onProgress = () => undefined,
}: VerifyInput): Promise<VerifyReport> {
  const lake = openLake(config);
  const engine = await openEngine({
    ...config.engine,
    tempDirectory: path.join(config.home, 'spill', `verify-${process.pid}`),
  });
  try {
    const cache = openFileCache({
      store: lake.store,
      directory: path.join(config.home, 'cache'),
      limitBytes: CACHE_BYTES,
    });
    const { hash } = await lake.nessie.resolve(ref ?? lake.mainBranch);
    const found = await readPipelines(lake, hash);
    const missing = (names ?? []).filter((name) => !found.some(({ pipeline }) => pipeline.name === name));
    if (missing.length > 0)
      throw unknownPipelines(
        missing,
        found.map(({ pipeline }) => pipeline.name),
      );
    const pipelines: PipelineReport[] = [];
    for (const { pipeline, raw } of found.filter(
      (item) => names === undefined || names.length === 0 || names.includes(item.pipeline.name),
    )) {
      const session = await engine.session();
      try {
        pipelines.push(await verifyPipeline({ lake, cache, session, hash, onProgress }, pipeline, raw));
      } finally {
        session.close();
      }
    }
    return { ok: pipelines.every(({ ok }) => ok), hash, pipelines };
  } finally {
    await engine.close();
    await closeLake(lake);
  }
}

/** Names the one that was most likely meant, not all of a large lake. */
function unknownPipelines(missing: readonly string[], present: readonly string[]): SluiceError {
  const near = missing.flatMap((name) => nearest(name, present) ?? []);
  const few = near.length > 0 || present.length <= NAMED;
  const listed = near.length > 0 ? `did you mean ${near.join(', ')}?` : present.slice(0, NAMED).join(', ') || 'none';
  return new SluiceError(
    'BAD_INPUT',
    `no pipeline ${missing.join(', ')} among the ${present.length} of the lake; ${listed}${few ? '' : ', …'}`,
    {
      cure: 'A pipeline is found by its first published batch: start it and produce events. `sluice status` lists them.',
    },
  );
}

async function verifyPipeline(context: Context, pipeline: Pipeline, raw: LoadedTable): Promise<PipelineReport> {
  const step = (text: string): void => context.onProgress({ pipeline: pipeline.name, step: text });
  const progress = requireProgress(raw, pipeline);
  step('fetching what the local cache lacks');
  const tables = await openTables(context, pipeline);
  const earlier = await leaseEarlierLate(context, { pipeline, progress });
  try {
    const joined = await openJoined(context, { pipeline, progress });
    try {
      step(`${plural(tables.files, 'file')} at hand, ${formatBytes(tables.sizeBytes)}`);
      return await verifyTables({ ...context, pipeline, progress, tables, earlier, joined: joined.rows, step });
    } finally {
      await joined.release();
    }
  } finally {
    await tables.release();
    for (const table of earlier.tables) await table.release();
  }
}

interface Work extends Context {
  readonly pipeline: Pipeline;
  readonly progress: Progress;
  readonly tables: VerifiedTables;
  /** Late tables of windows that the pipeline no longer has. */
  readonly earlier: EarlierLate;
  readonly joined: ReadonlyMap<string, readonly JoinedRows[]>;
  readonly step: (text: string) => void;
}

async function verifyTables(work: Work): Promise<PipelineReport> {
  const { session, pipeline, progress, tables, earlier, joined, step } = work;
  const raw = tables.relation(pipeline.table);
  const rejected = tables.relation(siblingTable(pipeline.table, 'rejected'));
  const windows = new Map(
    pipeline.windows.map(({ table }) => [
      formatTableName(table),
      { rows: tables.relation(table), late: tables.relation(siblingTable(table, 'late')) },
    ]),
  );
  const sinceMs = (name: string): number | undefined => windowSinceMs(tables.loaded.get(name)!.metadata);
  const ledger = await readLedger(work);
  const checks: CheckReport[] = [checkTiling(ledger, progress)];
  step(`counting the rows of ${plural(ledger.length, 'range')}`);
  const dropped = (table: TableName) => droppedRows(tables.loaded.get(formatTableName(table))!.metadata);
  const droppedFrom = {
    raw: dropped(pipeline.table),
    rejected: dropped(siblingTable(pipeline.table, 'rejected')),
  };
  checks.push(...(await checkRows(session, { raw, rejected }, ledger, droppedFrom)));
  step('hashing the raw rows again');
  const { metadata } = tables.loaded.get(formatTableName(pipeline.table))!;
  checks.push(
    await checkValues(session, {
      raw,
      metadata,
      columns: valueColumns(pipeline, metadata),
      ledger,
      dropped: droppedFrom.raw !== undefined,
    }),
  );
  const formerLate = earlier.tables.map((table): LateTable => ({
    name: formatTableName(table.loaded.name),
    rows: ownRows(table),
  }));
  const late = [...ownLateRows(pipeline, windows), ...formerLate];
  checks.push(
    await checkLate(session, {
      raw,
      tables: late,
      dropped: earlier.dropped,
      ledger,
      droppedBeforeMs: droppedFrom.raw?.beforeMs,
    }),
    await checkWatermark(session, {
      ledger: tables.relation(siblingTable(pipeline.table, 'batches')),
      progress,
      windows: pipeline.windows,
    }),
  );
  step(`computing ${plural(windows.size, 'window table')} again`);
  checks.push(
    await checkWindows(session, {
      pipeline,
      progress,
      relations: { raw, tables: windows, joined },
      sinceMs,
      droppedMs: (name) => dropped(parseTableName(name))?.beforeMs,
    }),
  );
  step('walking the log');
  checks.push(
    await checkCommits(work.lake, {
      hash: work.hash,
      pipeline: pipeline.name,
      table: pipeline.table,
      tables: new Map([
        ...tables.loaded,
        ...earlier.tables.map(({ loaded }) => [formatTableName(loaded.name), loaded] as const),
      ]),
      dropped: earlier.dropped,
      ledger,
    }),
  );
  return {
    ok: checks.every(({ ok }) => ok),
    pipeline: pipeline.name,
    table: formatTableName(pipeline.table),
    batches: Number(progress.batch),
    rows: sum(ledger, (row) => row.rows),
    rejected: sum(ledger, (row) => row.rejected),
    late: sum(ledger, (row) => row.late),
    partitions: partitionReports(ledger),
    checks,
  };
}

function requireProgress(raw: LoadedTable, pipeline: Pipeline): Progress {
  const progress = readProgress(raw.metadata, pipeline.name);
  if (progress) return progress;
  throw new SluiceError(
    'TABLE_FOREIGN',
    `${formatTableName(raw.name)} names pipeline ${pipeline.name} but holds no progress record of it`,
    {
      cure: 'Another writer removed table properties; restore them from an older commit.',
    },
  );
}

function readLedger({ session, pipeline, tables }: Work): Promise<readonly LedgerRow[]> {
  const name = siblingTable(pipeline.table, 'batches');
  const { metadata } = tables.loaded.get(formatTableName(name))!;
  return session.rows<LedgerRow>(
    `select ${ledgerColumns(currentSchema(metadata))} from ${tables.relation(name)} order by "partition", from_offset`,
  );
}

/** Late rows of joined streams are listed too, but they are in the ledger of the pipeline that read them. */
function ownLateRows(
  { windows }: Pipeline,
  tables: ReadonlyMap<string, { readonly late: string }>,
): readonly LateTable[] {
  return windows.map(({ table, streams }) => {
    const { late } = tables.get(formatTableName(table))!;
    const name = formatTableName(siblingTable(table, 'late'));
    return { name, rows: streams.length === 0 ? late : `(select * from ${late} where stream = 'events')` };
  });
}
