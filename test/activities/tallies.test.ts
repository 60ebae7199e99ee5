import { addHashes, mergeTallies, NO_ROWS_HASH } from '../../activities/tallies';
import type { IngestResult, PartitionTally } from '../../activities/wire';

const result = (...tallies: PartitionTally[]): IngestResult => ({
  tallies,
  raw: { files: [] },
  rejected: { files: [] },
  rawBytes: 0,
});
const tally = (partition: number, rows: number, times: Partial<PartitionTally> = {}): PartitionTally => ({
  partition,
  records: rows,
  rows,
  rejected: 0,
  markers: 0,
  contentHash: NO_ROWS_HASH,
  ...times,
});

describe('mergeTallies', () => {
  it('adds the parts of a partition that several readers took', () => {
    const merged = mergeTallies([
      result(tally(1, 5, { minEventTimeMs: 10, maxEventTimeMs: 20, markers: 1 })),
      result(tally(0, 2), tally(1, 3, { minEventTimeMs: 5, maxEventTimeMs: 15 })),
    ]);
    expect(merged).toEqual([tally(0, 2), tally(1, 8, { minEventTimeMs: 5, maxEventTimeMs: 20, markers: 1 })]);
  });

  it('refuses a reader that lost a record', () => {
    expect(() => mergeTallies([result({ ...tally(0, 5), rows: 4 })])).toThrow(/5 records became 4 rows and 0 rejected/);
  });

  it('adds hashes modulo 2^64, in any order', () => {
    const two = '2'.padStart(16, '0');
    expect(addHashes('f'.repeat(16), two)).toBe('1'.padStart(16, '0'));
    expect(addHashes(two, 'f'.repeat(16))).toBe('1'.padStart(16, '0'));
    expect(addHashes(NO_ROWS_HASH, two)).toBe(two);
  });
});
