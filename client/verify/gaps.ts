import { formatCount, plural } from '../cli/format';
import type { LedgerRow } from './ledger';

/**
 * Holds a gap row of the ledger against where its partition stood: its offsets must be those that were given up, its code must fit
 * them, and a person must stand behind it. Gives what is wrong, in words. Pure.
 */
export function checkGap(
  row: LedgerRow,
  before: { readonly topicId: string; readonly next: bigint } | undefined,
): readonly string[] {
  const { batch, gap, topicId, fromOffset, toOffset, lost } = row;
  const what = `the gap ${gap} ${fromOffset} to ${toOffset} of batch ${batch}`;
  const problems: string[] = [];
  if (!row.acceptedBy || !row.acceptedWhy) problems.push(`${what} was accepted by nobody`);
  if (row.records !== 0n || row.rows !== 0n || row.rejected !== 0n || row.markers !== 0n)
    problems.push(`${what} counts rows`);
  if (gap === 'TOPIC_RECREATED') {
    if (before?.topicId === topicId) problems.push(`${what} names topic id ${topicId}, which was read before it too`);
    if (fromOffset !== 0n || lost !== toOffset) problems.push(`${what} gives up ${lost} offsets, expected ${toOffset}`);
    return problems;
  }
  const stands = before?.next ?? 0n;
  if (before && before.topicId !== topicId)
    problems.push(`${what} is of topic id ${topicId}, the range before it of ${before.topicId}`);
  if (fromOffset !== stands) problems.push(`${what} does not begin at ${stands}, where the one before ended`);
  if (gap === 'OFFSETS_EXPIRED' && (toOffset <= fromOffset || lost !== toOffset - fromOffset))
    problems.push(`${what} gives up ${lost} offsets, expected ${toOffset - fromOffset}`);
  if (gap === 'OFFSETS_RESET' && (toOffset >= fromOffset || lost !== 0n))
    problems.push(`${what} does not go back, or gives up ${lost} offsets, expected none`);
  if (gap !== 'OFFSETS_EXPIRED' && gap !== 'OFFSETS_RESET') problems.push(`${what} has a code that is not known`);
  return problems;
}

/** What was given up, by whom and why; undefined when nothing was. */
export function givenUpText(ledger: readonly LedgerRow[]): string | undefined {
  const gaps = ledger.filter(({ gap }) => gap).sort((a, b) => Number(a.batch - b.batch) || a.partition - b.partition);
  if (gaps.length === 0) return undefined;
  const lost = gaps.reduce((sum, row) => sum + (row.lost ?? 0n), 0n);
  const decisions = new Map<string, LedgerRow[]>();
  for (const row of gaps) {
    const key = `${row.batch}`;
    decisions.set(key, [...(decisions.get(key) ?? []), row]);
  }
  const told = [...decisions.values()].map((rows) => {
    const [{ batch, acceptedBy, acceptedWhy }] = rows as [LedgerRow];
    return `${rows.map(gapText).join(', ')} accepted by ${acceptedBy} in batch ${batch} because "${acceptedWhy}"`;
  });
  return `given up: ${formatCount(lost)} ${lost === 1n ? 'offset' : 'offsets'} in ${plural(gaps.length, 'gap')} (${told.join('; ')})`;
}

function gapText({ gap, partition, fromOffset, toOffset, topicId }: LedgerRow): string {
  switch (gap) {
    case 'TOPIC_RECREATED':
      return `partition ${partition} of topic id ${topicId} from offset ${toOffset}`;
    case 'OFFSETS_RESET':
      return `partition ${partition} read again from ${toOffset}, ${fromOffset - toOffset} back`;
    default:
      return `partition ${partition} offsets ${fromOffset} to ${toOffset - 1n}`;
  }
}
