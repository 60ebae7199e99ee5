import { offsetProblems } from '../../../client/verify/commit-offsets';
import type { BatchCommit } from '../../../client/verify/commits';
import type { LedgerRow } from '../../../client/verify/ledger';
import { parseOffsets } from '../../../lake/history/commit-info';

const commit = (batch: number, offsets: string, ...gaps: readonly string[]): BatchCommit => ({
  hash: `${batch}`.repeat(40),
  batch: BigInt(batch),
  offsets: parseOffsets({ 'sluice.offsets': offsets }),
  gaps,
  puts: new Map(),
});
const row = (batch: number, partition: number, from: number, to: number, gap?: string): LedgerRow => ({
  batch: BigInt(batch),
  topicId: 't',
  partition,
  fromOffset: BigInt(from),
  toOffset: BigInt(to),
  records: BigInt(Math.max(0, to - from)),
  rows: BigInt(Math.max(0, to - from)),
  rejected: 0n,
  markers: 0n,
  late: 0n,
  ...(gap === undefined ? {} : { gap }),
});
const problems = (commits: readonly BatchCommit[], ledger: readonly LedgerRow[]): readonly string[] =>
  offsetProblems(commits, ledger).map(({ message }) => message);

describe('the offsets that commits of main say they read', () => {
  const commits = [commit(2, '0:10-30,1:5-7'), commit(1, '0:0-10')];
  const ledger = [row(1, 0, 0, 10), row(2, 0, 10, 30), row(2, 1, 5, 7)];

  it('are those of the ledger', () => {
    expect(problems(commits, ledger)).toEqual([]);
  });

  it('bug: rows at the head of a partition that both the ledger and the raw table had lost were not missed', () => {
    expect(problems(commits, ledger.slice(1))).toEqual([
      'commit 111111111111 of batch 1 published 0 to 9 of partition 0, the ledger has none',
    ]);
  });

  it('bug: a partition that the ledger does not know at all was not missed', () => {
    expect(problems(commits, ledger.slice(0, 2))).toEqual([
      'commit 222222222222 of batch 2 published 5 to 6 of partition 1, the ledger has none',
    ]);
  });

  it('are not others, and no row of the ledger is of a batch that nothing published', () => {
    expect(problems(commits, [...ledger.slice(0, 2), row(2, 1, 4, 7), row(3, 1, 7, 9)])).toEqual([
      'commit 222222222222 of batch 2 published 5 to 6 of partition 1, the ledger has 4 to 6',
      'the ledger has rows of batch 3, which no commit publishes',
    ]);
  });

  it('say nothing of late rows of a partition that the batch did not read', () => {
    expect(problems([commit(1, '0:0-10')], [row(1, 0, 0, 10), row(1, 1, 4, 4)])).toEqual([]);
    expect(problems([commit(1, '')], [])).toEqual([]);
  });

  it('stand beside the gaps that a person accepted', () => {
    const given = [commit(1, '0:20-30', 'OFFSETS_EXPIRED 0:0-20')];
    expect(problems(given, [row(1, 0, 0, 20, 'OFFSETS_EXPIRED'), row(1, 0, 20, 30)])).toEqual([]);
    expect(problems(given, [row(1, 0, 20, 30)])).toEqual([
      'commit 111111111111 of batch 1 gave up OFFSETS_EXPIRED 0:0-20, the ledger has no gap',
    ]);
    expect(problems([commit(1, '0:20-30')], [row(1, 0, 0, 20, 'OFFSETS_EXPIRED'), row(1, 0, 20, 30)])).toEqual([
      'commit 111111111111 of batch 1 gave up nothing, the ledger has OFFSETS_EXPIRED 0:0-20',
    ]);
  });
});
