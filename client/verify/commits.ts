import { formatTableName, siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { parseOffsets } from '../../lake/history/commit-info';
import type { CommitOffsets } from '../../lake/history/commit-info';
import { standingCommits } from '../../lake/history/standing-commits';
import type { Lake, LoadedTable } from '../../lake/lake';
import type { LogEntry } from '../../lake/nessie/nessie';
import { offsetProblems } from './commit-offsets';
import type { LedgerRow } from './ledger';
import { check, LISTED } from './report';
import type { CheckReport, Problem } from './report';

export interface CommitsInput {
  readonly hash: string;
  readonly pipeline: string;
  readonly table: TableName;
  /** Every table of the pipeline at `hash`, by `namespace.name`. */
  readonly tables: ReadonlyMap<string, LoadedTable>;
  /** Late tables of its earlier windows that are gone: batches changed them, too. */
  readonly dropped: readonly string[];
  readonly ledger: readonly LedgerRow[];
}

/** A commit of main that publishes a batch. */
export interface BatchCommit {
  readonly hash: string;
  readonly batch: bigint;
  /** What it says that it read; nothing in a batch that only let windows close. */
  readonly offsets: readonly CommitOffsets[];
  /** What it says that was given up before it: `OFFSETS_EXPIRED 0:10-20`. */
  readonly gaps: readonly string[];
  /** Snapshot ids by `namespace.name` of the tables that it changes. */
  readonly puts: ReadonlyMap<string, bigint>;
}

/** A commit of main that changes tables of the pipeline and was not made by Sluice. */
export interface ForeignCommit {
  readonly hash: string;
  readonly author: string;
  readonly tables: readonly string[];
}

/** A snapshot that says of itself which batch made it. */
export interface BatchSnapshot {
  readonly table: string;
  readonly snapshotId: bigint;
  readonly batch: bigint;
}

/**
 * Walks the Nessie log back from `hash` to where the raw table was made: the batches of a pipeline appear in order without a hole,
 * each in one commit, and every snapshot that a batch left in any of the pipeline's tables (raw, ledger, rejected, windows, late)
 * is put by that very commit (rule 6); the offsets that each commit says it read are those of its rows in the ledger. Batches that a rollback took back are passed over. Snapshots that were expired cannot be asked any more; the ledger's counts still can.
 */
export async function checkCommits(lake: Lake, input: CommitsInput): Promise<CheckReport> {
  const commits: BatchCommit[] = [];
  const raw = formatTableName(input.table);
  const foreign: ForeignCommit[] = [];
  const log = lake.nessie.log(input.hash, { withOperations: true });
  for await (const entry of standingCommits(log, { pipeline: input.pipeline })) {
    // A table that is still empty may be put again (a changed pipeline file): only below batch 1 is it the beginning.
    if (commits.at(-1)?.batch === 1n && makesTable(entry, raw)) break;
    foreign.push(...foreignCommit(entry, input.tables));
    const batch = entry.properties['sluice.batch'];
    if (entry.properties['sluice.pipeline'] === input.pipeline && batch !== undefined)
      commits.push(batchCommit(entry, BigInt(batch)));
  }
  const snapshots = [...input.tables].flatMap(([table, { metadata }]) =>
    metadata.snapshots.flatMap((snapshot): readonly BatchSnapshot[] => {
      const { 'sluice.pipeline': pipeline, 'sluice.batch': batch }: Readonly<Record<string, string>> = snapshot.summary;
      return pipeline === input.pipeline && batch !== undefined
        ? [{ table, snapshotId: snapshot['snapshot-id'], batch: BigInt(batch) }]
        : [];
    }),
  );
  return judgeCommits({
    commits,
    foreign,
    snapshots,
    table: input.table,
    tables: [...input.tables.keys(), ...input.dropped],
    ledger: input.ledger,
  });
}

/** The judgement on what the log and the tables say, commits newest first. Pure. */
export function judgeCommits(input: {
  readonly commits: readonly BatchCommit[];
  readonly foreign?: readonly ForeignCommit[];
  readonly snapshots: readonly BatchSnapshot[];
  readonly table: TableName;
  readonly tables: readonly string[];
  readonly ledger: readonly LedgerRow[];
}): CheckReport {
  const { commits, snapshots, foreign = [] } = input;
  const problems = [
    ...orderProblems(commits),
    ...tableProblems(input),
    ...offsetProblems(commits, input.ledger),
    ...snapshotProblems(commits, snapshots),
    ...ledgerWrites(input.table, foreign),
  ];
  const held = new Set(snapshots.map(({ table }) => table)).size;
  return check(
    'commits whole',
    [
      `${commits.length} commits of main walked, each with all tables of its batch: ${snapshots.length} snapshots of ${held} tables`,
      ...foreignText(foreign),
    ].join('; '),
    problems.length <= LISTED
      ? problems
      : [...problems.slice(0, LISTED), { message: `and ${problems.length - LISTED} more of this kind` }],
  );
}

/** None of Sluice's own says nothing of what it did: batches, upkeep, changes by a command all carry a `sluice.` property. */
function foreignCommit(
  { hash, author, properties, operations }: LogEntry,
  tables: CommitsInput['tables'],
): readonly ForeignCommit[] {
  if (Object.keys(properties).some((key) => key.startsWith('sluice.'))) return [];
  const changed = (operations ?? []).map(({ name }) => formatTableName(name)).filter((name) => tables.has(name));
  return changed.length === 0 ? [] : [{ hash, author: author ?? '', tables: [...new Set(changed)] }];
}

/**
 * Others may write to the tables of a pipeline (compact them, add to them): what they did to rows the other checks say, so their commits are
 * named and no more. But nobody else has anything to write in the ledger, which the other checks believe.
 */
function ledgerWrites(table: TableName, foreign: readonly ForeignCommit[]): readonly Problem[] {
  const ledger = formatTableName(siblingTable(table, 'batches'));
  return foreign
    .filter(({ tables }) => tables.includes(ledger))
    .map(({ hash, author }) => ({
      table: ledger,
      message: `commit ${short(hash)} by ${author || 'nobody named'} changes the ledger ${ledger} and is not of Sluice`,
    }));
}

function foreignText(foreign: readonly ForeignCommit[]): readonly string[] {
  if (foreign.length === 0) return [];
  const named = foreign
    .slice(0, LISTED)
    .map(({ hash, author, tables }) => `${short(hash)} by ${author || 'nobody named'} (${tables.join(', ')})`);
  const more = foreign.length > named.length ? ` and ${foreign.length - named.length} more` : '';
  return [`changed by others: ${named.join(', ')}${more}`];
}

function makesTable({ operations, properties }: LogEntry, table: string): boolean {
  if (properties['sluice.batch'] !== undefined) return false;
  return (operations ?? []).some(
    (operation) =>
      operation.kind === 'put' && formatTableName(operation.name) === table && operation.content.snapshotId === -1n,
  );
}

function batchCommit({ hash, properties, operations }: LogEntry, batch: bigint): BatchCommit {
  const puts = new Map<string, bigint>();
  for (const operation of operations ?? [])
    if (operation.kind === 'put') puts.set(formatTableName(operation.name), operation.content.snapshotId);
  const gaps = (properties['sluice.gaps'] ?? '').split(',').filter((gap) => gap !== '');
  return { hash, batch, offsets: parseOffsets(properties), gaps, puts };
}

function orderProblems(commits: readonly BatchCommit[]): readonly Problem[] {
  const problems: Problem[] = [];
  let newer: bigint | undefined;
  for (const { hash, batch } of commits) {
    if (newer !== undefined && batch !== newer - 1n)
      problems.push({ message: `commit ${short(hash)} publishes batch ${batch}, the next one batch ${newer}` });
    newer = batch;
  }
  if (newer !== undefined && newer !== 1n)
    problems.push({ message: `the log begins with batch ${newer}, not with batch 1` });
  return problems;
}

/** What a batch must change by its own count of rows. */
function tableProblems({ commits, table, tables, ledger }: Parameters<typeof judgeCommits>[0]): readonly Problem[] {
  const raw = formatTableName(table);
  const batches = formatTableName(siblingTable(table, 'batches'));
  const rejected = formatTableName(siblingTable(table, 'rejected'));
  const late = tables.filter((name) => name.endsWith('__late'));
  const rejecting = new Set(ledger.filter((row) => row.rejected > 0n).map(({ batch }) => batch));
  const lateIn = new Set(ledger.filter((row) => row.late > 0n).map(({ batch }) => batch));
  return commits.flatMap(({ hash, batch, offsets, puts }) => {
    const required = [raw, ...(offsets.length > 0 ? [batches] : []), ...(rejecting.has(batch) ? [rejected] : [])];
    const absent = required.filter((name) => !puts.has(name));
    const problems: Problem[] = [];
    if (absent.length > 0)
      problems.push({ message: `commit ${short(hash)} of batch ${batch} does not change ${absent.join(', ')}` });
    if (lateIn.has(batch) && !late.some((name) => puts.has(name)))
      problems.push({
        message: `commit ${short(hash)} of batch ${batch} changes no late table, its ledger has late rows`,
      });
    return problems;
  });
}

function snapshotProblems(commits: readonly BatchCommit[], snapshots: readonly BatchSnapshot[]): readonly Problem[] {
  const byBatch = new Map(commits.map((commit) => [commit.batch, commit]));
  return snapshots.flatMap(({ table, snapshotId, batch }): readonly Problem[] => {
    const commit = byBatch.get(batch);
    if (!commit)
      return [{ table, message: `${table}: snapshot ${snapshotId} is of batch ${batch}, which no commit publishes` }];
    const put = commit.puts.get(table);
    if (put === snapshotId) return [];
    const instead = put === undefined ? 'does not change the table' : `puts snapshot ${put}`;
    return [
      {
        table,
        message: `${table}: snapshot ${snapshotId} is of batch ${batch}, but commit ${short(commit.hash)} of that batch ${instead}`,
      },
    ];
  });
}

const short = (hash: string): string => hash.slice(0, 12);
