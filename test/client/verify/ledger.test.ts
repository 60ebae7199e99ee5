import { checkTiling } from '../../../client/verify/ledger';
import type { LedgerRow } from '../../../client/verify/ledger';
import type { Progress } from '../../../lake/progress';

const row = (
  batch: number,
  partition: number,
  from: number,
  to: number,
  counts: Partial<LedgerRow> = {},
): LedgerRow => ({
  batch: BigInt(batch),
  topicId: 't',
  partition,
  fromOffset: BigInt(from),
  toOffset: BigInt(to),
  records: BigInt(to - from),
  rows: BigInt(to - from),
  rejected: 0n,
  markers: 0n,
  late: 0n,
  ...counts,
});
const progress = (...next: number[]): Progress => ({
  version: 1,
  batch: 9n,
  topic: 'topic',
  topicId: 't',
  clusterId: 'c',
  partitions: Object.fromEntries(next.map((offset, partition) => [String(partition), { next: BigInt(offset) }])),
});
const messages = (ledger: readonly LedgerRow[], at: Progress): readonly string[] =>
  checkTiling(ledger, at).problems.map(({ message }) => message);

describe('rule 7: the ranges of the ledger tile', () => {
  it('accepts ranges that follow each other, in any order of rows', () => {
    expect(checkTiling([row(2, 0, 10, 30), row(1, 0, 0, 10), row(1, 1, 5, 6)], progress(30, 6))).toMatchObject({
      ok: true,
      problems: [],
    });
  });

  it('names the offsets of a gap', () => {
    expect(messages([row(1, 0, 0, 10), row(2, 0, 12, 30)], progress(30))).toEqual([
      'offsets 10 to 11 are in no batch (between batch 1 and 2)',
    ]);
  });

  it('names the offsets of an overlap', () => {
    expect(messages([row(1, 0, 0, 10), row(2, 0, 8, 30)], progress(30))).toEqual([
      'offsets 8 to 9 are in batch 1 and in batch 2',
    ]);
  });

  it('holds the end against the progress record', () => {
    expect(messages([row(1, 0, 0, 10)], progress(12))).toEqual(['the ledger ends at 10, the progress record at 12']);
    expect(messages([], progress(12))).toEqual([]); // nothing read yet
  });

  it('adds up rows, rejected and markers of each range', () => {
    expect(messages([row(1, 0, 0, 10, { records: 8n, rows: 7n, rejected: 1n, markers: 2n })], progress(10))).toEqual(
      [],
    );
    expect(messages([row(1, 0, 0, 10, { rows: 9n })], progress(10))).toEqual([
      'batch 1: 10 offsets are not 9 rows + 0 rejected + 0 markers',
    ]);
  });

  it('refuses a range read from another topic', () => {
    expect(messages([row(1, 0, 0, 10, { topicId: 'other' })], progress(10))).toEqual([
      'batch 1 was read from topic id other, the pipeline reads t',
    ]);
  });
});
