import { SluiceError } from '../base/errors';
import type { IngestResult, PartitionTally } from './wire';

/** Content hash of no rows at all: what adds nothing to a sum. */
export const NO_ROWS_HASH = '0'.repeat(16);

/**
 * One tally per partition over all readers of a batch. Content hashes are order-free (a 64-bit sum, see engine/decode),
 * so parts of a range add up to the hash of the whole.
 */
export function mergeTallies(results: readonly IngestResult[]): readonly PartitionTally[] {
  const byPartition = new Map<number, PartitionTally>();
  for (const next of results.flatMap(({ tallies }) => tallies)) {
    if (next.rows + next.rejected !== next.records) {
      throw new SluiceError(
        'INTERNAL',
        `partition ${next.partition}: ${next.records} records became ${next.rows} rows and ${next.rejected} rejected ones`,
        {
          cure: 'This is a defect: nothing was published. Report it with the workflow id.',
        },
      );
    }
    const known = byPartition.get(next.partition);
    byPartition.set(next.partition, known ? add(known, next) : next);
  }
  return [...byPartition.values()].sort((a, b) => a.partition - b.partition);
}

function add(a: PartitionTally, b: PartitionTally): PartitionTally {
  const lowest = least(a.minEventTimeMs, b.minEventTimeMs, Math.min);
  const highest = least(a.maxEventTimeMs, b.maxEventTimeMs, Math.max);
  return {
    partition: a.partition,
    records: a.records + b.records,
    rows: a.rows + b.rows,
    rejected: a.rejected + b.rejected,
    markers: a.markers + b.markers,
    contentHash: addHashes(a.contentHash, b.contentHash),
    ...(lowest === undefined ? {} : { minEventTimeMs: lowest }),
    ...(highest === undefined ? {} : { maxEventTimeMs: highest }),
  };
}

const least = (
  a: number | undefined,
  b: number | undefined,
  pick: (a: number, b: number) => number,
): number | undefined => (a === undefined ? b : b === undefined ? a : pick(a, b));

/** The hash of two disjoint sets of rows from theirs: 16 hex digits of the sum modulo 2^64. */
export function addHashes(a: string, b: string): string {
  return BigInt.asUintN(64, BigInt(`0x${a}`) + BigInt(`0x${b}`))
    .toString(16)
    .padStart(16, '0');
}
