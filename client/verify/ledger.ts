import type { Schema } from '../../lake/iceberg/types';
import type { Progress } from '../../lake/progress';
import { checkGap, givenUpText } from './gaps';
import { check } from './report';
import type { CheckReport, PartitionReport, Problem } from './report';

/** A row of `<raw>__batches`: a range that was read, or a gap that a person accepted. */
export interface LedgerRow {
  readonly batch: bigint;
  readonly topicId: string;
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly toOffset: bigint;
  readonly records: bigint;
  readonly rows: bigint;
  readonly rejected: bigint;
  readonly markers: bigint;
  readonly late: bigint;
  /** Of the raw rows, see values.ts; null in a ledger that has none. */
  readonly contentHash?: string | null;
  /** Of a gap; null for a range. */
  readonly lost?: bigint | null;
  readonly gap?: string | null;
  readonly acceptedBy?: string | null;
  readonly acceptedWhy?: string | null;
}

const columns: Readonly<Record<keyof LedgerRow, string>> = {
  batch: 'batch',
  topicId: 'topic_id',
  partition: 'partition',
  fromOffset: 'from_offset',
  toOffset: 'to_offset',
  records: 'records',
  rows: 'rows',
  rejected: 'rejected',
  markers: 'markers',
  late: 'late',
  contentHash: 'content_hash',
  lost: 'lost',
  gap: 'gap',
  acceptedBy: 'accepted_by',
  acceptedWhy: 'accepted_why',
};

/** The select list that gives LedgerRow from a ledger of `schema`: those of older versions have no gaps. */
export function ledgerColumns({ fields }: Schema): string {
  const there = new Set(fields.map(({ name }) => name));
  return Object.entries(columns)
    .map(([key, name]) => `${there.has(name) ? `"${name}"` : 'null'} as "${key}"`)
    .join(', ');
}

/** Where a partition stands between two rows of its ledger. */
interface Standing {
  readonly topicId: string;
  readonly next: bigint;
  readonly batch: bigint;
  /** The last row was a range, not a gap. */
  readonly wasRange: boolean;
}

/**
 * Proves that the ledger's ranges tile: per partition each begins where the one before ended, batches ascend, the last ends
 * where the progress record stands, all from one topic id, and each range is records plus markers. What is left out, read again after a
 * log was cut, or read from a topic that was created again must stand there as a gap that a person accepted. A partition without a
 * range has had nothing to read; rows of it would lie outside every range, which `counts agree` reports. Pure.
 */
export function checkTiling(ledger: readonly LedgerRow[], progress: Progress): CheckReport {
  const problems: Problem[] = [];
  for (const [partition, rows] of byPartition(ledger)) {
    let standing: Standing | undefined;
    for (const row of rows) {
      const messages = row.gap ? checkGap(row, standing) : checkRange(row, standing);
      problems.push(...messages.map((message) => ({ partition, message })));
      standing = { topicId: row.topicId, next: row.toOffset, batch: row.batch, wasRange: !row.gap };
    }
    problems.push(...checkEnd(partition, standing!, ledger, progress).map((message) => ({ partition, message })));
  }
  const ranges = ledger.filter(({ gap }) => !gap).length;
  const tiled = `${ranges} ranges of ${byPartition(ledger).size} partitions follow each other up to the progress record`;
  const given = givenUpText(ledger);
  return check('ranges tile', given === undefined ? tiled : `${tiled}; ${given}`, problems);
}

function checkRange(row: LedgerRow, before: Standing | undefined): readonly string[] {
  const problems: string[] = [];
  if (before?.wasRange && before.batch === row.batch) problems.push(`batch ${row.batch} has two ranges`);
  if (before && row.topicId !== before.topicId)
    problems.push(`batch ${row.batch} was read from topic id ${row.topicId}, the one before from ${before.topicId}`);
  if (before && row.fromOffset > before.next)
    problems.push(
      `offsets ${before.next} to ${row.fromOffset - 1n} are in no batch (between batch ${before.batch} and ${row.batch})`,
    );
  if (before && row.fromOffset < before.next)
    problems.push(
      `offsets ${row.fromOffset} to ${minOf(before.next, row.toOffset) - 1n} are in batch ${before.batch} and in batch ${row.batch}`,
    );
  if (row.records + row.markers !== row.toOffset - row.fromOffset || row.rows + row.rejected !== row.records)
    problems.push(
      `batch ${row.batch}: ${row.toOffset - row.fromOffset} offsets are not ${row.rows} rows + ${row.rejected} rejected + ${row.markers} markers`,
    );
  return problems;
}

function checkEnd(
  partition: number,
  { topicId, next, batch }: Standing,
  ledger: readonly LedgerRow[],
  progress: Progress,
): readonly string[] {
  const stands = progress.partitions[String(partition)]?.next;
  if (stands === undefined && topicId !== progress.topicId && ledger.some((row) => isSuccessor(row, progress, batch)))
    return []; // the topic that was created again has fewer partitions
  const problems: string[] = [];
  if (topicId !== progress.topicId)
    problems.push(`batch ${batch} was read from topic id ${topicId}, the pipeline reads ${progress.topicId}`);
  if (next !== stands) problems.push(`the ledger ends at ${next}, the progress record at ${stands ?? 'nothing'}`);
  return problems;
}

const isSuccessor = ({ gap, topicId, batch }: LedgerRow, progress: Progress, after: bigint): boolean =>
  gap === 'TOPIC_RECREATED' && topicId === progress.topicId && batch > after;

export function partitionReports(ledger: readonly LedgerRow[]): readonly PartitionReport[] {
  return [...byPartition(ledger)].map(([partition, rows]) => ({
    partition,
    from: String(rows[0]!.fromOffset),
    to: String(rows.at(-1)!.toOffset),
    rows: sum(rows, (row) => row.rows),
    rejected: sum(rows, (row) => row.rejected),
    markers: sum(rows, (row) => row.markers),
  }));
}

export function sum(rows: readonly LedgerRow[], pick: (row: LedgerRow) => bigint): number {
  return Number(rows.reduce((total, row) => total + pick(row), 0n));
}

/** In the order in which they were committed: offsets alone do not tell it once a log was cut or a topic created again. */
function byPartition(ledger: readonly LedgerRow[]): ReadonlyMap<number, readonly LedgerRow[]> {
  const groups = new Map<number, LedgerRow[]>();
  const sorted = [...ledger].sort(
    (a, b) =>
      a.partition - b.partition ||
      compare(a.batch, b.batch) ||
      gapOrder(a) - gapOrder(b) ||
      compare(a.fromOffset, b.fromOffset) ||
      compare(a.toOffset, b.toOffset),
  );
  for (const row of sorted) {
    const group = groups.get(row.partition);
    if (group) group.push(row);
    else groups.set(row.partition, [row]);
  }
  return groups;
}

/** Within a batch gaps come before the range that is read behind them, and a cut before what expired behind it. */
const gapOrder = ({ gap }: LedgerRow): number => (gap ? (gap === 'OFFSETS_EXPIRED' ? 1 : 0) : 2);
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
