import path from 'node:path';
import { SluiceError } from '../base/errors';
import { formatTableName, parseTableName, siblingTable } from '../base/table-name';
import { auditFile } from '../engine/audit';
import { runCheck } from '../engine/checks';
import { filesRelation } from '../engine/read-files';
import { currentSchema } from '../lake/iceberg/metadata';
import type { DataFile } from '../lake/iceberg/types';
import { loadTables } from '../lake/lake';
import type { LoadedTable } from '../lake/lake';
import { readProgress } from '../lake/progress';
import { planScan } from '../lake/scan';
import type { Pipeline } from '../pipeline/model';
import type { ActivityDeps } from './deps';
import { localFiles, mapLimit, unpackFiles } from './files';
import { withHeartbeat } from './heartbeat';
import { requireTable } from './open-pipeline';
import { withScratch } from './scratch';
import { withSession } from './session';
import { mergeTallies } from './tallies';
import type { AuditResult, BatchPlan, CheckOutcome, FileList, IngestResult, StagedBatch, WindowsResult } from './wire';

const FILES_AT_ONCE = 2;
/** The bytes of a file in memory are there up to three times: as they came, joined, and where they are decoded. */
const IN_MEMORY_BYTES = 8n * 1024n ** 2n;

export interface AuditBatchInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
  readonly windows: WindowsResult;
  readonly staged: StagedBatch;
}

/**
 * Reads the staged batch back from the branch with other code than wrote it (parquet-wasm and apache-arrow, not DuckDB):
 * the branch holds exactly the files of this batch, each file is what its manifest entry says, rows add up with the
 * ledger's, progress stands where the plan ends. Then the pipeline's own checks. AUDIT_FAILED is never retried.
 */
export async function auditBatch(deps: ActivityDeps, input: AuditBatchInput): Promise<AuditResult> {
  return withHeartbeat(async ({ signal, report }) => {
    const { pipeline, plan, staged } = input;
    const names = staged.tables.map(({ table }) => parseTableName(table));
    const [expected, found, bases] = await Promise.all([
      expectedFiles(deps, input),
      loadTables(deps.lake, staged.branchHash, names),
      loadTables(deps.lake, staged.baseHash, names),
    ]);
    const tables = staged.tables.map(({ table }) => requireTable(found.get(table), table));
    const added = await Promise.all(
      tables.map(async (table) => {
        const name = formatTableName(table.name);
        const files = await addedFiles(deps, table, await baseOf(deps, input, requireTable(bases.get(name), name)));
        sameFiles(name, expected.get(name) ?? [], files);
        return files.map((file) => ({ table, file }));
      }),
    );
    let filesAudited = 0;
    let rowsAudited = 0;
    await mapLimit(added.flat(), FILES_AT_ONCE, async ({ table, file }) => {
      signal.throwIfAborted();
      const schema = currentSchema(table.metadata);
      await withStored(deps, file, (bytes) => auditFile({ bytes, expected: file, schema }));
      filesAudited += 1;
      rowsAudited += Number(file.recordCount);
      report({ step: 'audit', table: formatTableName(table.name), filesAudited });
    });
    auditCounts(input, expected);
    const raw = tables.find((table) => formatTableName(table.name) === formatTableName(pipeline.table));
    auditProgress(pipeline, plan, requireTable(raw, formatTableName(pipeline.table)));
    return { filesAudited, rowsAudited, checks: await runChecks(deps, input, tables, expected, signal) };
  });
}

/** The object as it stands in the store, never the copy that the batch wrote: a large one as a file, small ones in memory. */
async function withStored<T>(
  { lake, scratchDirectory }: ActivityDeps,
  { filePath, fileSizeBytes }: DataFile,
  work: (bytes: Buffer | string) => Promise<T>,
): Promise<T> {
  if (fileSizeBytes <= IN_MEMORY_BYTES) return work(await lake.store.get(filePath));
  return withScratch(scratchDirectory, async (directory) => {
    const local = path.join(directory, 'stored.parquet');
    await lake.store.getToFile(filePath, local);
    return work(local);
  });
}

async function expectedFiles(
  deps: ActivityDeps,
  { pipeline, ingested, windows }: AuditBatchInput,
): Promise<ReadonlyMap<string, readonly DataFile[]>> {
  const unpackAll = async (lists: readonly FileList[]): Promise<readonly DataFile[]> =>
    (await Promise.all(lists.map((list) => unpackFiles(deps, list)))).flat();
  const files = new Map<string, readonly DataFile[]>([
    [formatTableName(pipeline.table), await unpackAll(ingested.map(({ raw }) => raw))],
    [
      formatTableName(siblingTable(pipeline.table, 'rejected')),
      await unpackAll(ingested.map(({ rejected }) => rejected)),
    ],
  ]);
  for (const { table, files: list } of windows.tables) files.set(table, await unpackFiles(deps, list));
  return files;
}

interface Base {
  readonly table: LoadedTable;
  /** Paths of the files that the batch takes away. */
  readonly removed: ReadonlySet<string>;
}

async function baseOf(deps: ActivityDeps, { windows }: AuditBatchInput, table: LoadedTable): Promise<Base> {
  const list = windows.tables.find((item) => item.table === formatTableName(table.name))?.removed;
  return { table, removed: new Set(list ? (await unpackFiles(deps, list)).map(({ filePath }) => filePath) : []) };
}

/** The files that the branch adds to the table, as its manifests list them; with files taken away, all that it did not have before. */
async function addedFiles(
  deps: ActivityDeps,
  table: LoadedTable,
  { table: base, removed }: Base,
): Promise<readonly DataFile[]> {
  // A change of properties only: the snapshot of an earlier batch is still the current one.
  if (table.content.snapshotId === base.content.snapshotId) return [];
  if (removed.size === 0) {
    const { files } = await planScan(deps.lake, table, { onlyAdded: true });
    return files.filter(({ addedSnapshotId }) => addedSnapshotId === table.content.snapshotId).map(({ file }) => file);
  }
  const before = new Set((await planScan(deps.lake, base)).files.map(({ file }) => file.filePath));
  const now = (await planScan(deps.lake, table)).files.map(({ file }) => file);
  const live = new Set(now.map(({ filePath }) => filePath));
  const wrong = [...before].find((filePath) => live.has(filePath) === removed.has(filePath));
  if (wrong !== undefined) {
    throw new SluiceError(
      'AUDIT_FAILED',
      `${formatTableName(table.name)}: the branch ${live.has(wrong) ? 'still holds' : 'lost'} ${wrong}`,
      { cure: 'Nothing was published. Compare the files that the windows replaced in the workflow history.' },
    );
  }
  return now.filter(({ filePath }) => !before.has(filePath));
}

function sameFiles(table: string, expected: readonly DataFile[], found: readonly DataFile[]): void {
  const paths = (files: readonly DataFile[]): string =>
    files
      .map(({ filePath }) => filePath)
      .sort()
      .join('\n');
  if (paths(expected) === paths(found)) return;
  throw new SluiceError(
    'AUDIT_FAILED',
    `${table}: the branch adds ${found.length} files, the batch wrote ${expected.length}, and they are not the same`,
    {
      cure: 'Nothing was published. Compare the files in the workflow history with those the message names.',
    },
  );
}

function auditCounts({ pipeline, ingested }: AuditBatchInput, files: ReadonlyMap<string, readonly DataFile[]>): void {
  const tallies = mergeTallies(ingested);
  const count = (table: string): number =>
    (files.get(table) ?? []).reduce((sum, file) => sum + Number(file.recordCount), 0);
  const compare = (table: string, expected: number): void => {
    if (count(table) === expected) return;
    throw new SluiceError(
      'AUDIT_FAILED',
      `${table}: its new files hold ${count(table)} rows, the ledger says ${expected}`,
      { cure: 'Nothing was published.' },
    );
  };
  compare(
    formatTableName(pipeline.table),
    tallies.reduce((sum, { rows }) => sum + rows, 0),
  );
  compare(
    formatTableName(siblingTable(pipeline.table, 'rejected')),
    tallies.reduce((sum, { rejected }) => sum + rejected, 0),
  );
}

function auditProgress(pipeline: Pipeline, plan: BatchPlan, raw: LoadedTable): void {
  const progress = readProgress(raw.metadata, pipeline.name);
  const wrong = plan.ranges.filter(({ partition, to }) => progress?.partitions[String(partition)]?.next !== BigInt(to));
  if (progress?.batch === BigInt(plan.seq) && wrong.length === 0) return;
  throw new SluiceError(
    'AUDIT_FAILED',
    `the branch stands at batch ${progress?.batch}, expected ${plan.seq} with its ranges' ends`,
    { cure: 'Nothing was published.' },
  );
}

async function runChecks(
  deps: ActivityDeps,
  { pipeline }: AuditBatchInput,
  tables: readonly LoadedTable[],
  files: ReadonlyMap<string, readonly DataFile[]>,
  signal: AbortSignal,
): Promise<readonly CheckOutcome[]> {
  if (pipeline.checks.length === 0) return [];
  return withSession(deps, signal, async (session) => {
    const outcomes: CheckOutcome[] = [];
    for (const check of pipeline.checks) {
      const name = formatTableName(check.table);
      const table = tables.find((item) => formatTableName(item.name) === name);
      const added = files.get(name) ?? [];
      if (!table || added.length === 0) {
        outcomes.push({ name: check.name, table: name, then: check.then, failed: 0, sample: [] });
        continue;
      }
      const batch = filesRelation(currentSchema(table.metadata), await localFiles(deps, added));
      const { failed, sample } = await runCheck(session, { name: check.name, fails: check.fails, batch });
      outcomes.push({ name: check.name, table: name, then: check.then, failed, sample });
    }
    return outcomes;
  });
}
