import type { ExpireTableResult } from '../../activities/expire';
import type { SnapshotVerdict } from '../../lake/expiry';
import type { CommandContext } from '../cli/context';
import { formatTime, plural } from '../cli/format';
import type { TableExpiryReport } from './expire';

/** More snapshots with one fate and one reason than this are told as a span. */
const LISTED = 3;

/** A dry run for people: per table what goes, what stays, and why. */
export function expiryPlanText(
  reports: readonly TableExpiryReport[],
  { colours }: Pick<CommandContext, 'colours'>,
): string {
  const lines = reports.flatMap(({ table, snapshots, refsRemoved }) => {
    const goes = snapshots.filter(({ stays }) => !stays).length;
    return [
      `${colours.bold(table)}: ${plural(snapshots.length, 'snapshot')}, ${goes} would go, ${snapshots.length - goes} stay`,
      ...groups(snapshots).map((group) => `  ${group[0]!.stays ? 'stays' : 'goes '}  ${groupText(group)}`),
      ...refsRemoved.map((name) => `  ends   tag or branch ${name} of the table`),
    ];
  });
  const goes = reports.flatMap(({ snapshots }) => snapshots).filter(({ stays }) => !stays).length;
  return [
    ...lines,
    `Dry run: nothing was changed. ${plural(goes, 'snapshot')} of ${plural(reports.length, 'table')} would go.`,
  ].join('\n');
}

/** Neighbours with one fate and one reason. */
function groups(snapshots: readonly SnapshotVerdict[]): readonly (readonly SnapshotVerdict[])[] {
  const found: SnapshotVerdict[][] = [];
  for (const snapshot of snapshots) {
    const last = found.at(-1);
    if (last && last[0]!.stays === snapshot.stays && last[0]!.why === snapshot.why) last.push(snapshot);
    else found.push([snapshot]);
  }
  return found;
}

function groupText(group: readonly SnapshotVerdict[]): string {
  const [first, last] = [group[0]!, group.at(-1)!];
  const times =
    group.length <= LISTED
      ? group.map(({ snapshotId, timestampMs }) => `${snapshotId} of ${formatTime(timestampMs)}`).join(', ')
      : `${plural(group.length, 'snapshot')} of ${formatTime(first.timestampMs)} to ${formatTime(last.timestampMs)}`;
  return `${times}: ${first.why}`;
}

export function expiryResultText(results: readonly ExpireTableResult[], paper: Pick<CommandContext, 'table'>): string {
  const removed = results.reduce((sum, result) => sum + result.removed, 0);
  const rows = results.map(({ table, outcome, removed: gone, kept, refsRemoved }) => [
    table,
    outcomeText(outcome),
    String(gone),
    String(kept),
    refsRemoved.join(' '),
  ]);
  const columns = [
    'TABLE',
    'OUTCOME',
    { title: 'GONE', align: 'right' },
    { title: 'STAY', align: 'right' },
    'REFS ENDED',
  ] as const;
  return `${paper.table([...columns], rows)}\n${plural(removed, 'snapshot')} of ${plural(results.length, 'table')} expired. No file was deleted: that is the sweep's work.`;
}

function outcomeText(outcome: ExpireTableResult['outcome']): string {
  switch (outcome) {
    case 'published':
      return 'done';
    case 'nothing':
      return 'nothing to do';
    case 'yielded':
      return 'gave way to batches; the next run takes it up';
    case 'missing':
      return 'no such table';
  }
}
