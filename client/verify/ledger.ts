import type { Progress } from '../../lake/progress';
import { check } from './report';
import type { CheckReport, PartitionReport, Problem } from './report';

/** A row of `<raw>__batches`. */
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
}

/**
 * Proves that the ledger's ranges tile: per partition each begins where the one before ended, batches ascend, the last ends
 * where the progress record stands, all from one topic id, and each range is records plus markers. A partition without a range has
 * had nothing to read; rows of it would lie outside every range, which `counts agree` reports. Pure.
 */
export function checkTiling(ledger: readonly LedgerRow[], progress: Progress): CheckReport {
  const problems: Problem[] = [];
  for (const [partition, rows] of byPartition(ledger)) {
    rows.forEach((row, index) => {
      const before = rows[index - 1];
      if (before && row.fromOffset > before.toOffset) {
        problems.push({
          partition,
          message: `offsets ${before.toOffset} to ${row.fromOffset - 1n} are in no batch (between batch ${before.batch} and ${row.batch})`,
        });
      }
      if (before && row.fromOffset < before.toOffset) {
        problems.push({
          partition,
          message: `offsets ${row.fromOffset} to ${minOf(before.toOffset, row.toOffset) - 1n} are in batch ${before.batch} and in batch ${row.batch}`,
        });
      }
      if (before && row.batch <= before.batch)
        problems.push({ partition, message: `batch ${row.batch} follows batch ${before.batch}` });
      if (row.topicId !== progress.topicId)
        problems.push({
          partition,
          message: `batch ${row.batch} was read from topic id ${row.topicId}, the pipeline reads ${progress.topicId}`,
        });
      if (row.records + row.markers !== row.toOffset - row.fromOffset || row.rows + row.rejected !== row.records) {
        problems.push({
          partition,
          message: `batch ${row.batch}: ${row.toOffset - row.fromOffset} offsets are not ${row.rows} rows + ${row.rejected} rejected + ${row.markers} markers`,
        });
      }
    });
    const last = rows.at(-1);
    const next = progress.partitions[String(partition)]?.next;
    if (last && last.toOffset !== next)
      problems.push({
        partition,
        message: `the ledger ends at ${last.toOffset}, the progress record at ${next ?? 'nothing'}`,
      });
  }
  const ranges = ledger.length;
  return check(
    'ranges tile',
    `${ranges} ranges of ${byPartition(ledger).size} partitions follow each other up to the progress record`,
    problems,
  );
}

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

function byPartition(ledger: readonly LedgerRow[]): ReadonlyMap<number, readonly LedgerRow[]> {
  const groups = new Map<number, LedgerRow[]>();
  const sorted = [...ledger].sort(
    (a, b) => a.partition - b.partition || compare(a.fromOffset, b.fromOffset) || compare(a.toOffset, b.toOffset),
  );
  for (const row of sorted) groups.set(row.partition, [...(groups.get(row.partition) ?? []), row]);
  return groups;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
