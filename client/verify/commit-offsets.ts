import type { CommitOffsets } from '../../lake/history/commit-info';
import type { BatchCommit } from './commits';
import type { LedgerRow } from './ledger';
import type { Problem } from './report';

/**
 * Holds what each commit of main says of itself (`sluice.offsets`, `sluice.gaps`) against the rows of the ledger: the two are written apart, so rows
 * that are missing from the ledger and from the raw table alike still stand in the log, also at the head or the end of a partition, or all
 * of it. Rows without offsets (late rows of a partition that the batch did not read) are not in the log. Pure.
 */
export function offsetProblems(commits: readonly BatchCommit[], ledger: readonly LedgerRow[]): readonly Problem[] {
  const rows = new Map<bigint, LedgerRow[]>();
  for (const row of ledger) {
    const batch = rows.get(row.batch);
    if (batch) batch.push(row);
    else rows.set(row.batch, [row]);
  }
  const published = new Set(commits.map(({ batch }) => batch));
  const unpublished = [...rows.keys()].filter((batch) => !published.has(batch));
  return [
    ...commits.flatMap((commit) => commitProblems(commit, rows.get(commit.batch) ?? [])),
    ...unpublished.map((batch) => ({ message: `the ledger has rows of batch ${batch}, which no commit publishes` })),
  ];
}

function commitProblems({ hash, batch, offsets, gaps }: BatchCommit, rows: readonly LedgerRow[]): readonly Problem[] {
  const said = new Map(offsets.map((range) => [range.partition, rangeText(range)]));
  const ranges = rows.filter(({ gap, fromOffset, toOffset }) => !gap && fromOffset < toOffset);
  const listed = new Map(
    ranges.map(({ partition, fromOffset: from, toOffset: to }) => [partition, rangeText({ from, to })]),
  );
  const partitions = [...new Set([...said.keys(), ...listed.keys()])].sort((a, b) => a - b);
  const problems: Problem[] = partitions
    .filter((partition) => said.get(partition) !== listed.get(partition))
    .map((partition) => ({
      partition,
      message: `commit ${hash.slice(0, 12)} of batch ${batch} published ${said.get(partition) ?? 'no offsets'} of partition ${partition}, the ledger has ${listed.get(partition) ?? 'none'}`,
    }));
  const given = rows
    .filter(({ gap }) => gap)
    .map((row) => `${row.gap} ${row.partition}:${row.fromOffset}-${row.toOffset}`);
  const [told, kept] = [sorted(gaps), sorted(given)];
  if (told !== kept)
    problems.push({
      message: `commit ${hash.slice(0, 12)} of batch ${batch} gave up ${told || 'nothing'}, the ledger has ${kept || 'no gap'}`,
    });
  return problems;
}

const rangeText = ({ from, to }: Pick<CommitOffsets, 'from' | 'to'>): string => `${from} to ${to - 1n}`;
const sorted = (texts: readonly string[]): string => [...texts].sort().join(', ');
