import { judgeCommits } from '../../../client/verify/commits';
import type { BatchCommit, BatchSnapshot } from '../../../client/verify/commits';
import type { LedgerRow } from '../../../client/verify/ledger';

const table = { namespace: 'db', name: 'events' };
const tables = ['db.events', 'db.events__rejected', 'db.events__batches', 'db.counts', 'db.counts__late'];

const range = { partition: 0, from: 0n, to: 10n };
const commit = (batch: number, puts: Readonly<Record<string, number>>, hasOffsets = true): BatchCommit => ({
  hash: `${batch}`.repeat(40),
  batch: BigInt(batch),
  offsets: hasOffsets ? [range] : [],
  gaps: [],
  puts: new Map(Object.entries(puts).map(([name, id]) => [name, BigInt(id)])),
});
const snapshot = (name: string, snapshotId: number, batch: number): BatchSnapshot => ({
  table: name,
  snapshotId: BigInt(snapshotId),
  batch: BigInt(batch),
});
const judge = (
  commits: readonly BatchCommit[],
  snapshots: readonly BatchSnapshot[],
  rows: readonly Partial<LedgerRow>[] = [],
): readonly string[] => {
  const ledger = commits
    .filter(({ offsets }) => offsets.length > 0)
    .map(({ batch }) => ({ ...ledgerRow(batch), ...rows.find((row) => row.batch === batch) }));
  return judgeCommits({
    commits,
    snapshots,
    table,
    tables,
    ledger,
  }).problems.map(({ message }) => message);
};
const ledgerRow = (batch: bigint): LedgerRow => ({
  batch,
  topicId: 't',
  partition: range.partition,
  fromOffset: range.from,
  toOffset: range.to,
  records: 10n,
  rows: 10n,
  rejected: 0n,
  markers: 0n,
  late: 0n,
});

const first = commit(1, { 'db.events': 11, 'db.events__batches': 12 });
const second = commit(2, { 'db.events': 21, 'db.events__batches': 22, 'db.counts': 23, 'db.counts__late': 24 });
const all = [
  snapshot('db.events', 11, 1),
  snapshot('db.events__batches', 12, 1),
  snapshot('db.events', 21, 2),
  snapshot('db.events__batches', 22, 2),
  snapshot('db.counts', 23, 2),
  snapshot('db.counts__late', 24, 2),
];

describe('rule 6: all tables of a batch change in one commit', () => {
  it('accepts batches whose snapshots are all put by their own commit', () => {
    expect(judge([second, first], all, [{ batch: 2n, late: 3n }])).toEqual([]);
  });

  it('accepts a batch that only let windows close: it has no ledger row', () => {
    expect(judge([commit(1, { 'db.events': -1, 'db.counts': 5 }, false)], [snapshot('db.counts', 5, 1)])).toEqual([]);
  });

  it('finds a window table that a batch changed in another commit', () => {
    const without = commit(2, { 'db.events': 21, 'db.events__batches': 22, 'db.counts__late': 24 });
    expect(judge([without, first], all)).toEqual([
      'db.counts: snapshot 23 is of batch 2, but commit 222222222222 of that batch does not change the table',
    ]);
  });

  it('finds a commit that put another snapshot than the one of its batch', () => {
    const other = commit(2, { 'db.events': 21, 'db.events__batches': 22, 'db.counts': 99, 'db.counts__late': 24 });
    expect(judge([other, first], all)).toEqual([
      'db.counts: snapshot 23 is of batch 2, but commit 222222222222 of that batch puts snapshot 99',
    ]);
  });

  it('finds a snapshot of a batch that no commit publishes', () => {
    expect(judge([first], [snapshot('db.counts', 31, 3)])).toEqual([
      'db.counts: snapshot 31 is of batch 3, which no commit publishes',
    ]);
  });

  it('finds tables that a batch must have changed by its ledger, snapshots or not', () => {
    expect(judge([commit(1, { 'db.events__batches': 12 })], [], [{ batch: 1n, rejected: 2n, late: 1n }])).toEqual([
      'commit 111111111111 of batch 1 does not change db.events, db.events__rejected',
      'commit 111111111111 of batch 1 changes no late table, its ledger has late rows',
    ]);
  });

  it('finds a hole, a batch twice and a log that does not begin', () => {
    const put = { 'db.events': 1, 'db.events__batches': 2 };
    expect(judge([commit(5, put), commit(3, put), commit(3, put), commit(2, put)], [])).toEqual([
      'commit 333333333333 publishes batch 3, the next one batch 5',
      'commit 333333333333 publishes batch 3, the next one batch 3',
      'the log begins with batch 2, not with batch 1',
    ]);
  });
});

describe('commits of others', () => {
  const judged = (tables: readonly string[]) =>
    judgeCommits({
      commits: [second, first],
      snapshots: all,
      table,
      tables: ['db.events'],
      ledger: [ledgerRow(1n), ledgerRow(2n)],
      foreign: [{ hash: 'abcdef0123456789', author: 'ada', tables }],
    });

  it('that change a table of the pipeline are named, and are no problem by themselves', () => {
    const { ok, detail } = judged(['db.events']);
    expect(ok).toBe(true);
    expect(detail).toMatch(/; changed by others: abcdef012345 by ada \(db\.events\)$/);
  });

  it('that change the ledger are a problem: the other checks believe it', () => {
    expect(judged(['db.events', 'db.events__batches']).problems.map(({ message }) => message)).toEqual([
      'commit abcdef012345 by ada changes the ledger db.events__batches and is not of Sluice',
    ]);
  });
});
