import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { formatTableName, siblingTable } from '../../base/table-name';
import { openEngine } from '../../engine/engine';
import type { Session } from '../../engine/engine';
import { filesRelation } from '../../engine/read-files';
import { currentSchema } from '../../lake/iceberg/metadata';
import { closeLake, needTable, openLake } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { openFileCache } from '../../lake/objects/file-cache';
import type { FileCache } from '../../lake/objects/file-cache';
import { readPipelines } from '../../lake/pipeline-record';
import { readProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import { planScan } from '../../lake/scan';
import type { Pipeline } from '../../pipeline/model';
import { checkCommits } from './commits';
import { checkTiling, partitionReports, sum } from './ledger';
import type { LedgerRow } from './ledger';
import { check } from './report';
import type { CheckReport, PipelineReport, VerifyReport } from './report';
import { checkCounts, checkDuplicates } from './rows';
import { checkWindows } from './windows';

const CACHE_BYTES = 4 * 1024 ** 3;

export interface VerifyInput {
  readonly config: SluiceConfig;
  /** Pipelines to verify; all that have a record in the lake by default. */
  readonly names?: readonly string[];
  /** Branch, tag, hash or time; main by default. */
  readonly ref?: string;
}

interface Context {
  readonly lake: Lake;
  readonly cache: FileCache;
  readonly session: Session;
  readonly hash: string;
}

/**
 * Proves from the tables and the Nessie log alone, at one commit, that every event was kept exactly once: ranges tile, counts
 * agree, nothing is doubled, late rows are accounted for, windows follow from the raw rows, every commit holds its whole batch.
 * Asks neither Kafka nor Temporal. Errors: REF_NOT_FOUND, TABLE_NOT_FOUND, CATALOG_UNAVAILABLE, STORE_UNAVAILABLE.
 */
export async function verifyPipelines({ config, names, ref }: VerifyInput): Promise<VerifyReport> {
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
    if (missing.length > 0) {
      throw new SluiceError(
        'BAD_INPUT',
        `no pipeline ${missing.join(', ')} in the lake; there ${found.length === 1 ? 'is' : 'are'} ${found.map(({ pipeline }) => pipeline.name).join(', ') || 'none'}`,
        {
          cure: 'A pipeline is found by its first published batch: start it and produce events.',
        },
      );
    }
    const pipelines: PipelineReport[] = [];
    for (const { pipeline, raw } of found.filter(
      (item) => names === undefined || names.length === 0 || names.includes(item.pipeline.name),
    )) {
      const session = await engine.session();
      try {
        pipelines.push(await verifyPipeline({ lake, cache, session, hash }, pipeline, raw));
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

async function verifyPipeline(context: Context, pipeline: Pipeline, raw: LoadedTable): Promise<PipelineReport> {
  const { session } = context;
  const progress = requireProgress(raw, pipeline);
  const relations = {
    raw: await relation(context, raw),
    rejected: await relation(
      context,
      await needTable(context.lake, context.hash, siblingTable(pipeline.table, 'rejected')),
    ),
  };
  const ledger = await loadLedger(context, pipeline);
  const windows = new Map<string, { rows: string; late: string }>();
  for (const window of pipeline.windows) {
    windows.set(formatTableName(window.table), {
      rows: await relation(context, await needTable(context.lake, context.hash, window.table)),
      late: await relation(context, await needTable(context.lake, context.hash, siblingTable(window.table, 'late'))),
    });
  }
  const checks: CheckReport[] = [
    checkTiling(ledger, progress),
    await checkCounts(session, relations, ledger),
    await checkDuplicates(session, relations, [...new Set(ledger.map(({ partition }) => partition))]),
    await checkLate(session, windows, ledger),
    await checkWindows(session, {
      pipeline,
      watermarkMs: progress.watermarkMs,
      relations: { raw: relations.raw, tables: windows },
    }),
    await checkCommits(context.lake, { hash: context.hash, pipeline: pipeline.name, table: pipeline.table }),
  ];
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

async function relation({ lake, cache }: Context, loaded: LoadedTable): Promise<string> {
  const { files } = await planScan(lake, loaded);
  const paths = await Promise.all(files.map(({ file }) => cache.fetch(file.filePath)));
  return `(${filesRelation(currentSchema(loaded.metadata), paths)})`;
}

async function loadLedger(context: Context, pipeline: Pipeline): Promise<readonly LedgerRow[]> {
  const rows = await relation(
    context,
    await needTable(context.lake, context.hash, siblingTable(pipeline.table, 'batches')),
  );
  await context.session.run(`create or replace temp table ledger as from ${rows} order by "partition", from_offset`);
  return context.session.rows<LedgerRow>(
    `select batch, topic_id as "topicId", "partition", from_offset as "fromOffset", to_offset as "toOffset", records, rows, rejected, markers, late from ledger`,
  );
}

async function checkLate(
  session: Session,
  windows: ReadonlyMap<string, { readonly late: string }>,
  ledger: readonly LedgerRow[],
): Promise<CheckReport> {
  let found = 0;
  for (const { late } of windows.values())
    found += Number((await session.rows<{ n: bigint }>(`select count(*) as n from ${late}`))[0]!.n);
  const expected = sum(ledger, (row) => row.late);
  const problems =
    found === expected ? [] : [{ message: `the ledger counts ${expected} late rows, the late tables hold ${found}` }];
  return check(
    'late rows accounted',
    `${expected} late rows of the ledger counted in ${windows.size} late tables`,
    problems,
  );
}
