import type { TableFiles } from '../../lake/history/table-files';
import type { HistoryEntry, SnapshotInfo } from '../../lake/history/table-snapshots';
import type { CommandContext } from '../cli/context';
import { formatBytes, formatCount, formatTime, plural } from '../cli/format';

type Paper = Pick<CommandContext, 'table'>;

const number = (title: string) => ({ title, align: 'right' as const });

/** Snapshots of a table, newest first, at most `limit`. */
export function snapshotsText(snapshots: readonly SnapshotInfo[], limit: number, { table }: Paper): string {
  if (snapshots.length === 0) return 'No snapshot: the table was never written to.';
  const rows = snapshots
    .slice(0, limit)
    .map(({ snapshotId, parentId, timeMs, operation, current, summary }) => [
      `${snapshotId}${current ? ' *' : ''}`,
      parentId === null ? '' : String(parentId),
      formatTime(timeMs),
      operation,
      changeOf(summary, 'data-files'),
      changeOf(summary, 'records'),
      countOf(summary['total-records']),
      madeBy(summary),
    ]);
  const titles = [
    'SNAPSHOT',
    'PARENT',
    'TIME',
    'OPERATION',
    number('FILES'),
    number('ROWS'),
    number('TOTAL ROWS'),
    'BY',
  ];
  return `${table(titles, rows)}\n${totalText(snapshots.length, rows.length, 'snapshot')}; * is the current one`;
}

/** `+2 -1` of what a summary counts as added and deleted. */
function changeOf(summary: SnapshotInfo['summary'], what: 'data-files' | 'records'): string {
  const parts = [
    ['+', summary[`added-${what}`]],
    ['-', summary[`deleted-${what}`]],
  ] as const;
  return parts
    .flatMap(([sign, count]) => (count === undefined || count === '0' ? [] : [`${sign}${countOf(count)}`]))
    .join(' ');
}

function countOf(text: string | undefined): string {
  return text !== undefined && /^\d+$/.test(text) ? formatCount(BigInt(text)) : (text ?? '');
}

function madeBy(summary: SnapshotInfo['summary']): string {
  const [pipeline, batch] = [summary['sluice.pipeline'], summary['sluice.batch']];
  if (pipeline !== undefined && batch !== undefined) return `${pipeline}/${batch}`;
  const kind = Object.keys(summary).find((key) => key.startsWith('sluice.'));
  return kind?.slice('sluice.'.length) ?? summary['engine-name'] ?? '';
}

/** The snapshot log, newest first, at most `limit`. */
export function historyText(history: readonly HistoryEntry[], limit: number, { table }: Paper): string {
  if (history.length === 0) return 'No snapshot was ever current, or the entries have expired.';
  const rows = history
    .slice(0, limit)
    .map(({ timeMs, snapshotId, parentId, isCurrentAncestor }) => [
      formatTime(timeMs),
      String(snapshotId),
      parentId === null ? '' : String(parentId),
      isCurrentAncestor ? 'yes' : 'no',
    ]);
  return `${table(['MADE CURRENT', 'SNAPSHOT', 'PARENT', 'CURRENT ANCESTOR'], rows)}\n${totalText(history.length, rows.length, 'entry', 'entries')}`;
}

/** Live files of a table; the last line counts all of them. */
export function filesText({ files, totals, location }: TableFiles, { table }: Paper): string {
  const all = `${plural(totals.files, 'data file')}${totals.deleteFiles > 0 ? `, ${plural(totals.deleteFiles, 'delete file')}` : ''}, ${plural(totals.rows, 'row')}, ${formatBytes(Number(totals.sizeBytes))}`;
  if (files.length === 0) return all;
  const rows = files.map((file) => [
    file.partition,
    formatCount(file.rows),
    formatBytes(Number(file.sizeBytes)),
    String(file.specId),
    file.sortOrderId === null ? '' : String(file.sortOrderId),
    file.content === 'data' ? (file.deletes === 0 ? '' : `${file.deletes}`) : file.content,
    // Relative, so that lines stay short; a file that another program put elsewhere is named in full.
    file.path.startsWith(`${location}/`) ? file.path.slice(location.length + 1) : file.path,
  ]);
  const left = totals.files + totals.deleteFiles - files.length;
  const titles = ['PARTITION', number('ROWS'), number('SIZE'), number('SPEC'), number('ORDER'), 'DELETES', 'FILE'];
  return `${table(titles, rows)}\n${all} under ${location}${left > 0 ? `; ${plural(left, 'file')} not shown (--limit)` : ''}`;
}

function totalText(all: number, shown: number, one: string, many?: string): string {
  return `${plural(all, one, many)}${all > shown ? `, ${formatCount(all - shown)} not shown (--limit)` : ''}`;
}
