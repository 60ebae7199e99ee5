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

describe('gaps that a person accepted', () => {
  const gap = (
    code: string,
    batch: number,
    partition: number,
    from: number,
    to: number,
    counts: Partial<LedgerRow> = {},
  ): LedgerRow => ({
    ...row(batch, partition, from, to, { records: 0n, rows: 0n }),
    lost: BigInt(Math.max(0, to - from)),
    gap: code,
    acceptedBy: 'ann',
    acceptedWhy: 'retention was too short',
    ...counts,
  });

  it('fill the hole that they record, and are told', () => {
    const report = checkTiling(
      [row(1, 0, 0, 10), gap('OFFSETS_EXPIRED', 2, 0, 10, 55), row(2, 0, 55, 60)],
      progress(60),
    );
    expect(report.problems).toEqual([]);
    expect(report.detail).toBe(
      '2 ranges of 1 partitions follow each other up to the progress record; given up: 45 offsets in 1 gap (partition 0 offsets 10 to 54 accepted by ann in batch 2 because "retention was too short")',
    );
  });

  it('fill no other hole', () => {
    expect(messages([row(1, 0, 0, 10), gap('OFFSETS_EXPIRED', 2, 0, 12, 55), row(2, 0, 56, 60)], progress(60))).toEqual(
      [
        'the gap OFFSETS_EXPIRED 12 to 55 of batch 2 does not begin at 10, where the one before ended',
        'offsets 55 to 55 are in no batch (between batch 2 and 2)',
      ],
    );
  });

  it('need somebody who accepted them, and hold no rows', () => {
    const bad = gap('OFFSETS_EXPIRED', 2, 0, 10, 20, { acceptedWhy: null, records: 3n });
    expect(messages([row(1, 0, 0, 10), bad], progress(20))).toEqual([
      'the gap OFFSETS_EXPIRED 10 to 20 of batch 2 was accepted by nobody',
      'the gap OFFSETS_EXPIRED 10 to 20 of batch 2 counts rows',
    ]);
  });

  it('lead back where a log was cut, and the offsets may be read again behind them', () => {
    const cut = gap('OFFSETS_RESET', 2, 0, 10, 6);
    expect(messages([row(1, 0, 0, 10), cut, row(2, 0, 6, 30)], progress(30))).toEqual([]);
    expect(messages([row(1, 0, 0, 10), row(2, 0, 6, 30)], progress(30))).toHaveLength(1);
    const expired = gap('OFFSETS_EXPIRED', 2, 0, 6, 8);
    expect(messages([row(1, 0, 0, 10), expired, cut, row(2, 0, 8, 30)], progress(30))).toEqual([]);
  });

  it('lead to a topic that was created again, with fewer partitions even', () => {
    const anew = { topicId: 'old' };
    const ledger = [row(1, 0, 0, 10, anew), row(1, 1, 0, 7, anew), gap('TOPIC_RECREATED', 2, 0, 0, 3), row(2, 0, 3, 5)];
    expect(messages(ledger, progress(5))).toEqual([]);
    expect(
      messages(
        ledger.filter(({ gap: code }) => !code),
        progress(5),
      ),
    ).toEqual([
      'batch 2 was read from topic id t, the one before from old',
      'offsets 3 to 4 are in batch 1 and in batch 2',
      'batch 1 was read from topic id old, the pipeline reads t',
      'the ledger ends at 7, the progress record at nothing',
    ]);
  });
});
